import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grantsWithout, principalsOf, sameGrants } from '../../src/domain/grants.ts';
import { baselineOf, isStandard, liveGrants } from '../../src/domain/shares.ts';
import type { ForeignShares } from '../../src/domain/situation.ts';
import type { ModelRun } from '../support/share-model-run.ts';
import { runModel } from '../support/share-model-run.ts';
import { a } from '../support/builders.ts';
import { anyBehaviour, anyKindBehaviour, anyOwnShares, anyShares, anyTarget } from '../support/share-model-starts.ts';
import type { ModelBehaviour, StartShare } from '../support/share-model-parts.ts';
import { ShareModel } from '../support/share-model.ts';

const anyForeignShares = fc.constantFrom<ForeignShares>('block', 'leave', 'adopt');
const failingBehaviour = anyKindBehaviour.map((behaviour) => ({ ...behaviour, failing: [a] }));
const crashes = fc.uniqueArray(fc.nat({ max: 25 }), { maxLength: 3 });
const anyLook = fc.nat({ max: 30 });
const runCount = { numRuns: 400 };

/** Principals that have access at both ends and lacked it at some look between them. */
function dipsIn(access: ModelRun['access'], keepers: readonly string[]): readonly string[] {
  return keepers.filter((principal) => access.some((there) => !there.includes(principal)));
}

function inBoth(left: readonly string[], right: readonly string[]): readonly string[] {
  return left.filter((principal) => right.includes(principal));
}

/** Whom AWS itself shuts out for a while: until it accepts, or because its association fails. */
function isTroubled({ failing, outsiders }: ModelBehaviour, principal: string): boolean {
  return failing.includes(principal) || outsiders.includes(principal);
}

/** RAM forgets a policy that was put over several shares, and that they do not follow, when it promotes the first. */
function isForgetful({ putOverUnpromoted, share }: ModelBehaviour, shares: readonly StartShare[]): boolean {
  const unpromoted = shares.filter(({ featureSet }) => featureSet === 'CREATED_FROM_POLICY');
  return (putOverUnpromoted === 'share-stays-stale' || share === 'never-appears') && unpromoted.length > 1;
}

describe('forward', () => {
  it('reaches every target from every state of its own, whatever is forgotten on the way', () => {
    const reaches = fc.property(
      anyKindBehaviour,
      anyOwnShares,
      anyTarget,
      crashes,
      (behaviour, shares, wanted, forgetsAt) => {
        const model = new ShareModel(behaviour, shares);
        const baseline = baselineOf(model.observe());

        const run = runModel(model, { baseline, wanted, direction: 'forward', foreignShares: 'block', forgetsAt });

        expect(run.end).toMatchObject({ kind: 'done' });
        expect(sameGrants(liveGrants(model.observe()), wanted.grants)).toBe(true);
      },
    );

    fc.assert(reaches, runCount);
  });

  it('ends with the target or a reason, touches nothing foreign and repeats nothing, whatever it meets', () => {
    const ends = fc.property(
      anyBehaviour,
      anyShares,
      anyTarget,
      anyForeignShares,
      crashes,
      (behaviour, shares, wanted, foreignShares, forgetsAt) => {
        const model = new ShareModel(behaviour, shares);
        const baseline = baselineOf(model.observe());
        const foreign = model.foreign();

        const run = runModel(model, { baseline, wanted, direction: 'forward', foreignShares, forgetsAt });

        expect(['done', 'stop', 'wait', 'refused']).toContain(run.end.kind);
        if (foreignShares !== 'adopt') expect(model.foreign()).toBe(foreign);
      },
    );

    fc.assert(ends, runCount);
  });

  it('leaves nobody with more than is wanted where somebody cannot be added and the rest stays', () => {
    const narrows = fc.property(
      failingBehaviour,
      anyOwnShares,
      anyTarget,
      crashes,
      (behaviour, shares, wanted, forgetsAt) => {
        const model = new ShareModel(behaviour, shares);
        const baseline = baselineOf(model.observe());

        const run = runModel(model, { baseline, wanted, direction: 'forward', foreignShares: 'block', forgetsAt });

        if (run.end.kind !== 'stop' || run.end.code !== 'not-visible') return;
        expect(grantsWithout(liveGrants(model.observe()), wanted.grants)).toEqual([]);
      },
    );

    fc.assert(narrows, runCount);
  });

  it('never takes access, not for a moment, from whom has it before and after', () => {
    const neverDips = fc.property(
      anyBehaviour,
      anyShares,
      anyTarget,
      anyForeignShares,
      (behaviour, shares, wanted, foreignShares) => {
        fc.pre(!isForgetful(behaviour, shares));
        const model = new ShareModel(behaviour, shares);
        const baseline = baselineOf(model.observe());
        const before = model.access();

        const run = runModel(model, { baseline, wanted, direction: 'forward', foreignShares });

        const keepers = inBoth(before, principalsOf(wanted.grants)).filter((id) => !isTroubled(behaviour, id));
        expect(dipsIn(run.access, keepers)).toEqual([]);
      },
    );

    fc.assert(neverDips, runCount);
  });

  it('puts a policy at most once', () => {
    const putsOnce = fc.property(
      anyBehaviour,
      anyShares,
      anyTarget,
      crashes,
      (behaviour, shares, wanted, forgetsAt) => {
        const model = new ShareModel(behaviour, shares);
        const baseline = baselineOf(model.observe());

        const run = runModel(model, { baseline, wanted, direction: 'forward', foreignShares: 'leave', forgetsAt });

        const puts = run.acts.filter(({ kind }) => kind === 'put' || kind === 'erase');
        expect(puts.length).toBeLessThanOrEqual(1);
      },
    );

    fc.assert(putsOnce, runCount);
  });

  it('writes nothing once the target holds', () => {
    const isCalm = fc.property(anyKindBehaviour, anyOwnShares, anyTarget, (behaviour, shares, wanted) => {
      const model = new ShareModel(behaviour, shares);
      const start = { wanted, direction: 'forward', foreignShares: 'block' } as const;
      runModel(model, { ...start, baseline: baselineOf(model.observe()) });

      const again = runModel(model, { ...start, baseline: baselineOf(model.observe()) });

      expect(again).toMatchObject({ end: { kind: 'done' }, acts: [] });
    });

    fc.assert(isCalm, runCount);
  });
});

describe('backward', () => {
  it('returns to the grants of the baseline from wherever the way forward was left', () => {
    const returns = fc.property(
      anyKindBehaviour,
      anyOwnShares,
      anyTarget.filter(({ grants }) => grants.length > 0),
      anyLook,
      crashes,
      (behaviour, shares, wanted, lookCount, forgetsAt) => {
        const model = new ShareModel(behaviour, shares);
        const baseline = baselineOf(model.observe());
        const start = { baseline, wanted, foreignShares: 'block' } as const;
        const { ownShareArns } = runModel(model, { ...start, direction: 'forward', lookCount });

        const run = runModel(model, { ...start, direction: 'backward', ownShareArns, forgetsAt });

        expect(run.end).toMatchObject({ kind: 'done' });
        expect(sameGrants(liveGrants(model.observe()), baseline.grants)).toBe(true);
      },
    );

    fc.assert(returns, runCount);
  });

  it('gives a share back that was taken over, with its tag', () => {
    const givesBack = fc.property(
      anyKindBehaviour,
      anyShares,
      anyTarget.filter(({ grants }) => grants.length > 0),
      anyLook,
      crashes,
      (behaviour, shares, wanted, lookCount, forgetsAt) => {
        const model = new ShareModel(behaviour, shares);
        const baseline = baselineOf(model.observe());
        const start = { baseline, wanted, foreignShares: 'adopt' } as const;
        const { ownShareArns } = runModel(model, { ...start, direction: 'forward', lookCount });

        const run = runModel(model, { ...start, direction: 'backward', ownShareArns, forgetsAt });

        if (run.end.kind !== 'done') return;
        const tags = new Map(model.observe().shares.map(({ shareArn, rolloutTag }) => [shareArn, rolloutTag]));
        const foreign = baseline.shares.filter((share) => isStandard(share) && share.rolloutTag === null);
        expect(foreign.map(({ shareArn }) => tags.get(shareArn))).toEqual(foreign.map(() => null));
      },
    );

    fc.assert(givesBack, runCount);
  });

  it('deletes nothing that existed, touches nothing foreign and takes no access on the way', () => {
    const isGentle = fc.property(
      anyBehaviour,
      anyShares,
      anyTarget,
      anyLook,
      anyForeignShares,
      (behaviour, shares, wanted, lookCount, foreignShares) => {
        fc.pre(!isForgetful(behaviour, shares));
        const model = new ShareModel(behaviour, shares);
        const baseline = baselineOf(model.observe());
        const start = { baseline, wanted, foreignShares } as const;
        const { ownShareArns } = runModel(model, { ...start, direction: 'forward', lookCount });
        const foreign = model.foreign();

        const run = runModel(model, { ...start, direction: 'backward', ownShareArns });

        const existed = baseline.shares.filter(isStandard).map(({ shareArn }) => shareArn);
        const deleted = run.acts.filter((act) => act.kind === 'delete-share' || act.kind === 'remove-image');
        expect(deleted.filter(({ shareArn }) => existed.includes(shareArn))).toEqual([]);
        if (foreignShares !== 'adopt') expect(model.foreign()).toBe(foreign);
        const keepers = inBoth(principalsOf(wanted.grants), principalsOf(baseline.grants)).filter(
          (id) => !isTroubled(behaviour, id),
        );
        expect(dipsIn(run.access, keepers)).toEqual([]);
      },
    );

    fc.assert(isGentle, runCount);
  });
});
