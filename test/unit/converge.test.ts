import { describe, expect, it } from 'vitest';
import { nextStep, waitAtGlance, waitForFirstShare } from '../../src/domain/converge.ts';
import { baselineOf } from '../../src/domain/shares.ts';
import {
  a,
  anImage,
  aPrincipal,
  aShare,
  aSituation,
  aTarget,
  b,
  c,
  documentOf,
  getOnly,
  grantsTo,
  organization,
  shareArn,
} from '../support/builders.ts';

const nothing = anImage();
const unpromoted = (number: number, principals: readonly string[], change: object = {}) =>
  aShare(number, principals, { featureSet: 'CREATED_FROM_POLICY', rolloutTag: null, ...change });
const foreign = (number: number, principals: readonly string[], change: object = {}) =>
  aShare(number, principals, { rolloutTag: null, ...change });
const nobody = aTarget([]);

describe('what is in transition', () => {
  it.each([
    ['a promotion', aShare(1, [a], { featureSet: 'PROMOTING_TO_STANDARD' })],
    ['a share that is made', aShare(1, [a], { status: 'PENDING' })],
    ['a share that is deleted', aShare(1, [a], { status: 'DELETING' })],
    ['an image on its way into a share', aShare(1, [a], { imageStatus: 'ASSOCIATING' })],
    ['a principal on its way out', aShare(1, [aPrincipal(a, { status: 'DISASSOCIATING' })])],
    ['a principal on its way in', aShare(1, [aPrincipal(a, { status: 'ASSOCIATING', changedAtMs: 999_000 })])],
  ])('is waited for: %s', (_, share) => {
    expect(nextStep(aSituation(anImage([], [share])))).toMatchObject({ kind: 'wait', code: 'image-busy' });
  });

  it('is a promotion that is pending once something was written', () => {
    const promoting = anImage(grantsTo([a, b]), [unpromoted(1, [a, b], { featureSet: 'PROMOTING_TO_STANDARD' })]);

    const step = nextStep(aSituation(promoting, { baseline: baselineOf(nothing), hasWritten: true }));

    expect(step).toMatchObject({ kind: 'wait', code: 'promotion-pending' });
  });

  it('does not mean an account that has not accepted its invitation', () => {
    const invited = aPrincipal(b, { status: 'ASSOCIATING', changedAtMs: 999_000, hasPendingInvitation: true });

    expect(nextStep(aSituation(anImage([], [aShare(1, [a, invited])])))).toMatchObject({ kind: 'done', awaiting: [b] });
  });

  it('does not mean an account that has been ASSOCIATING beyond the grace', () => {
    const silent = aPrincipal(b, { status: 'ASSOCIATING', changedAtMs: 0 });

    expect(nextStep(aSituation(anImage([], [aShare(1, [a, silent])])))).toMatchObject({ kind: 'done', awaiting: [b] });
  });
});

describe('a glance at the shares', () => {
  it.each([
    ['a promotion', { featureSet: 'PROMOTING_TO_STANDARD' }, false],
    ['a promotion of ours', { featureSet: 'PROMOTING_TO_STANDARD' }, true],
    ['a share that is made', { status: 'PENDING' }, false],
    ['a share that we delete', { status: 'DELETING' }, true],
  ] as const)('waits as the whole would: %s', (_, change, hasWritten) => {
    const image = anImage(grantsTo([a, b]), [aShare(1, [a, b], change)]);

    const wait = waitAtGlance(image, hasWritten);

    expect(wait).toMatchObject({ kind: 'wait' });
    expect(wait).toEqual(nextStep(aSituation(image, { hasWritten })));
  });

  it.each([
    ['no share', nothing],
    ['a share that is not promoted', anImage(grantsTo([a, b]), [unpromoted(1, [a, b])])],
    ['a share of somebody else', anImage([], [foreign(1, [c])])],
    ['a principal on its way out', anImage([], [aShare(1, [aPrincipal(a, { status: 'DISASSOCIATING' })])])],
  ])('decides nothing else: %s', (_, image) => {
    expect(waitAtGlance(image, true)).toBeNull();
  });

  it('after a put waits for a share, as the whole would', () => {
    const seeded = anImage(grantsTo([a, b]));

    const wait = waitForFirstShare(seeded);

    expect(wait).toEqual(nextStep(aSituation(seeded, { baseline: baselineOf(nothing), hasWritten: true })));
    expect(waitForFirstShare(anImage(grantsTo([a, b]), [unpromoted(1, [a, b])]))).toBeNull();
  });
});

describe('an image in sync', () => {
  it.each([
    ['one share of ours', [aShare(1, [a, b])]],
    ['two shares of ours', [aShare(1, [a]), aShare(2, [b])]],
    ['a share of somebody else', [foreign(1, [a, b])]],
  ])('gets no act, given by %s', (_, shares) => {
    expect(nextStep(aSituation(anImage([], shares)))).toEqual({ kind: 'done', residue: [], awaiting: [] });
  });

  it('is tagged where this transaction promoted its share', () => {
    const promoted = anImage([], [foreign(1, [a, b])]);
    const memory = { ownShareArns: [shareArn(1)] };

    const step = nextStep(aSituation(promoted, { baseline: baselineOf(nothing), hasWritten: true, memory }));

    expect(step).toEqual({ kind: 'tag', shareArn: shareArn(1), isLast: true });
  });

  it('has no last tag before all its shares but one have theirs', () => {
    const promoted = anImage([], [foreign(1, [a]), foreign(2, [b])]);
    const memory = { ownShareArns: [shareArn(1), shareArn(2)] };

    const step = nextStep(aSituation(promoted, { baseline: baselineOf(nothing), hasWritten: true, memory }));

    expect(step).toEqual({ kind: 'tag', shareArn: shareArn(1), isLast: false });
  });

  it('has exactly the wanted grants: one account more is not in sync', () => {
    expect(nextStep(aSituation(anImage([], [aShare(1, [a, b, c])])))).toMatchObject({ kind: 'disassociate' });
  });

  it('has its share promoted: the policy alone is not in sync', () => {
    const image = anImage(grantsTo([a, b]), [unpromoted(1, [a, b])]);

    expect(nextStep(aSituation(image))).toEqual({ kind: 'promote', shareArn: shareArn(1) });
  });
});

describe('a share of somebody else', () => {
  const shared = anImage([], [foreign(1, [a])]);

  it('stops the image before the first write', () => {
    expect(nextStep(aSituation(shared))).toMatchObject({ kind: 'stop', code: 'share-not-ours' });
  });

  it('is left alone where that is asked for, and a share of ours is made beside it for the rest', () => {
    const step = nextStep(aSituation(shared, { foreignShares: 'leave' }));

    expect(step).toMatchObject({ kind: 'create-share', entities: [b] });
  });

  it('is taken over by a tag where that is asked for', () => {
    expect(nextStep(aSituation(shared, { foreignShares: 'adopt' }))).toEqual({
      kind: 'tag',
      shareArn: shareArn(1),
      isLast: false,
    });
  });

  it('is not taken over where it has other resources', () => {
    const crowded = anImage([], [foreign(1, [a], { otherResourceCount: 2 })]);

    expect(nextStep(aSituation(crowded, { foreignShares: 'adopt' }))).toMatchObject({ code: 'share-not-ours' });
  });
});

describe('the first share', () => {
  it('comes of a policy that is put', () => {
    const wanted = aTarget(grantsTo([a, b]));

    expect(nextStep(aSituation(nothing))).toEqual({ kind: 'put', document: wanted.document });
  });

  it('is waited for once the policy is there', () => {
    const put = anImage(grantsTo([a, b]));

    const step = nextStep(aSituation(put, { baseline: baselineOf(nothing), hasWritten: true }));

    expect(step).toMatchObject({ kind: 'wait', code: 'share-not-found' });
  });

  it('is not promoted before it says what the policy says', () => {
    const late = anImage(grantsTo([a, b]), [unpromoted(1, [c])]);
    const situation = { baseline: baselineOf(anImage(grantsTo([c]), [unpromoted(1, [c])])), hasWritten: true };

    expect(nextStep(aSituation(late, { ...situation, isSettling: true }))).toMatchObject({ code: 'share-not-found' });
    expect(nextStep(aSituation(late, situation))).toEqual({ kind: 'promote', shareArn: shareArn(1) });
  });

  it('is never promoted for somebody whom neither the baseline nor the rollout knows', () => {
    const strange = anImage(grantsTo([a, b]), [unpromoted(1, [a, b, c])]);

    const step = nextStep(aSituation(strange, { baseline: baselineOf(nothing), hasWritten: true }));

    expect(step).toMatchObject({ kind: 'wait', code: 'share-not-found' });
  });

  it('has its permission promoted first where RAM knows none that is equal', () => {
    const image = anImage(grantsTo([a, b]), [unpromoted(1, [a, b])]);
    const unmatched = { unmatchedShareArns: [shareArn(1)] };

    const first = nextStep(aSituation(image, { memory: unmatched }));
    const then = nextStep(aSituation(image, { memory: { ...unmatched, promotedPermissionShareArns: [shareArn(1)] } }));

    expect(first).toMatchObject({ kind: 'promote-permission', shareArn: shareArn(1) });
    expect(then).toEqual({ kind: 'promote', shareArn: shareArn(1) });
  });

  it('stops the image where it is FAILED', () => {
    const image = anImage(grantsTo([a, b]), [unpromoted(1, [a, b], { status: 'FAILED' })]);

    expect(nextStep(aSituation(image))).toMatchObject({ kind: 'stop', code: 'share-failed' });
  });

  it('keeps its rollout where RAM gives it a new ARN with its promotion', () => {
    const before = anImage(grantsTo([c]), [unpromoted(1, [c])]);
    const after = anImage([], [foreign(2, [c])]);

    const step = nextStep(aSituation(after, { baseline: baselineOf(before), hasWritten: true }));

    expect(step).toEqual({ kind: 'tag', shareArn: shareArn(2), isLast: false });
  });
});

describe('a policy over a STANDARD share', () => {
  it('is never put: RAM is asked', () => {
    expect(nextStep(aSituation(anImage([], [aShare(1, [c])])))).toMatchObject({ kind: 'associate', entities: [a, b] });
  });
});

describe('nobody', () => {
  it('is reached by deleting a share of ours', () => {
    const step = nextStep(aSituation(anImage([], [aShare(1, [a])]), { wanted: nobody }));

    expect(step).toEqual({ kind: 'delete-share', shareArn: shareArn(1) });
  });

  it('is reached by taking the image out of a share that has others', () => {
    const crowded = anImage([], [aShare(1, [a], { otherResourceCount: 1 })]);

    expect(nextStep(aSituation(crowded, { wanted: nobody }))).toEqual({ kind: 'remove-image', shareArn: shareArn(1) });
  });

  it('is reached by erasing a policy, never by promoting it first', () => {
    const image = anImage(grantsTo([a]), [unpromoted(1, [a])]);

    expect(nextStep(aSituation(image, { wanted: nobody }))).toEqual({ kind: 'erase' });
  });

  it('is waited for while RAM still writes the policy of a share that is gone', () => {
    const before = baselineOf(anImage([], [aShare(1, [a])]));

    const step = nextStep(aSituation(anImage(grantsTo([a])), { wanted: nobody, baseline: before, hasWritten: true }));

    expect(step).toMatchObject({ kind: 'wait', code: 'not-in-sync' });
  });

  it('leaves a residue where RAM keeps the share of a policy that is gone', () => {
    const stale = anImage([], [unpromoted(1, [a])]);

    const step = nextStep(aSituation(stale, { wanted: nobody, hasWritten: true }));

    expect(step).toEqual({ kind: 'done', residue: ['unpromoted-share'], awaiting: [] });
  });
});

describe('the way back', () => {
  const back = { direction: 'backward', hasWritten: true } as const;

  it('puts the old policy where no share is STANDARD', () => {
    const before = anImage(grantsTo([c]), [unpromoted(1, [c])]);
    const now = anImage(grantsTo([a, b]), [unpromoted(1, [a, b])]);

    const step = nextStep(aSituation(now, { ...back, baseline: baselineOf(before) }));

    expect(step).toEqual({ kind: 'put', document: documentOf(grantsTo([c])) });
  });

  it('deletes a share that came of the rollout where there was nothing', () => {
    const memory = { ownShareArns: [shareArn(1)] };

    const step = nextStep(
      aSituation(anImage([], [foreign(1, [a, b])]), { ...back, baseline: baselineOf(nothing), memory }),
    );

    expect(step).toEqual({ kind: 'delete-share', shareArn: shareArn(1) });
  });

  it('keeps a promoted share for the old principals, and says so', () => {
    const before = anImage(grantsTo([c]), [unpromoted(1, [c])]);

    const step = nextStep(aSituation(anImage([], [aShare(1, [c])]), { ...back, baseline: baselineOf(before) }));

    expect(step).toEqual({ kind: 'done', residue: ['promoted'], awaiting: [] });
  });

  it('returns who was taken out before it takes out who was added', () => {
    const before = baselineOf(anImage([], [aShare(1, [a, c])]));

    const step = nextStep(aSituation(anImage([], [aShare(1, [a, b])]), { ...back, baseline: before }));

    expect(step).toMatchObject({ kind: 'associate', entities: [c] });
  });

  it('deletes a share that was made beside another only when the other gives everything again', () => {
    const before = baselineOf(anImage([], [aShare(1, [a])]));
    const beside = aShare(2, [a], { actions: getOnly });
    const wanted = aTarget([...grantsTo([b]), ...grantsTo([a], getOnly)]);

    const first = nextStep(aSituation(anImage([], [aShare(1, [b]), beside]), { ...back, wanted, baseline: before }));
    const then = nextStep(aSituation(anImage([], [aShare(1, [a, b]), beside]), { ...back, wanted, baseline: before }));

    expect(first).toMatchObject({ kind: 'associate', shareArn: shareArn(1), entities: [a] });
    expect(then).toEqual({ kind: 'delete-share', shareArn: shareArn(2) });
  });

  it('deletes such a share also where it gives nothing more', () => {
    const before = baselineOf(anImage([], [aShare(1, [a])]));
    const now = anImage([], [aShare(1, [a]), aShare(2, [a], { actions: getOnly })]);

    const step = nextStep(aSituation(now, { ...back, baseline: before }));

    expect(step).toEqual({ kind: 'delete-share', shareArn: shareArn(2) });
  });

  it('does not count on what such a share gives', () => {
    const before = baselineOf(anImage([], [aShare(1, [a])]));
    const now = anImage([], [aShare(1, [b]), aShare(2, [a])]);

    const step = nextStep(aSituation(now, { ...back, baseline: before }));

    expect(step).toEqual({ kind: 'associate', shareArn: shareArn(1), entities: [a] });
  });

  it('waits while RAM takes what a deleted share gave out of the policy', () => {
    const memory = { ownShareArns: [shareArn(1)], removedShareArns: [shareArn(1)] };

    const step = nextStep(aSituation(anImage(grantsTo([b])), { ...back, baseline: baselineOf(nothing), memory }));

    expect(step).toMatchObject({ kind: 'wait', code: 'not-in-sync' });
  });

  it('is not at its end while the policy alone still says what a deleted share gave', () => {
    const before = baselineOf(anImage(grantsTo([a, c]), [unpromoted(1, [a]), aShare(2, [c])]));
    const now = anImage(grantsTo([a, c]), [unpromoted(1, [a])]);

    const step = nextStep(aSituation(now, { ...back, wanted: nobody, baseline: before }));

    expect(step).not.toMatchObject({ kind: 'done' });
  });

  it('promotes the rest of a policy of which a share is STANDARD already, since it cannot be put back', () => {
    const before = baselineOf(anImage(grantsTo([c]), [unpromoted(1, [c])]));
    const wanted = aTarget([...grantsTo([a]), ...grantsTo([b], getOnly)]);
    const half = anImage(grantsTo([b], getOnly), [aShare(1, [a]), unpromoted(2, [b], { actions: getOnly })]);
    const memory = { ownShareArns: [shareArn(1), shareArn(2)] };

    const step = nextStep(aSituation(half, { ...back, wanted, baseline: before, memory }));

    expect(step).toEqual({ kind: 'promote', shareArn: shareArn(2) });
  });

  it('takes our tag off a share that was taken over, or names it as residue where that is not possible', () => {
    const before = baselineOf(anImage([], [foreign(1, [a])]));
    const now = anImage([], [aShare(1, [a])]);
    const memory = { taggedForGoodShareArns: [shareArn(1)] };

    const step = nextStep(aSituation(now, { ...back, baseline: before }));
    const refused = nextStep(aSituation(now, { ...back, baseline: before, memory }));

    expect(step).toEqual({ kind: 'untag', shareArn: shareArn(1) });
    expect(refused).toMatchObject({ kind: 'done', residue: ['rollout-tag'] });
  });

  it('touches nothing where somebody else has acted', () => {
    const situation = { ...back, baseline: baselineOf(nothing) };

    expect(nextStep(aSituation(anImage(grantsTo([c])), situation))).toMatchObject({ code: 'changed-by-another' });
  });
});

describe('somebody else', () => {
  it.each([
    ['puts another policy', nothing, anImage(grantsTo([c]))],
    ['takes an account out of our policy', nothing, anImage(grantsTo([a]))],
    ['shares the image', nothing, anImage(grantsTo([a, b]), [unpromoted(1, [a, b]), foreign(2, [c])])],
    ['deletes our share', anImage([], [aShare(1, [a])]), nothing],
    ['adds an account', anImage([], [aShare(1, [a])]), anImage([], [aShare(1, [a, b, c])])],
  ])('stops the image who %s', (_, before, now) => {
    const step = nextStep(aSituation(now, { baseline: baselineOf(before), hasWritten: true }));

    expect(step).toMatchObject({ kind: 'stop', code: 'policy-changed-meanwhile' });
  });

  it('is not suspected where RAM failed to associate somebody with the share that we promoted', () => {
    const before = anImage(grantsTo([c]), [unpromoted(1, [c])]);
    const now = anImage([], [aShare(1, [a, aPrincipal(b, { status: 'FAILED' })])]);

    const step = nextStep(aSituation(now, { baseline: baselineOf(before), direction: 'backward', hasWritten: true }));

    expect(step).toMatchObject({ kind: 'associate', entities: [c] });
  });
});

describe('an organisation', () => {
  it('is associated by the ARN under which a share has it', () => {
    const wanted = aTarget([...grantsTo([organization]), ...grantsTo([a], getOnly)]);
    const shared = anImage([], [aShare(1, [organization]), aShare(2, [], { actions: getOnly })]);

    expect(nextStep(aSituation(shared, { wanted }))).toMatchObject({
      kind: 'associate',
      shareArn: shareArn(2),
      entities: [a],
    });
  });

  it('stops the image where RAM has no name for it', () => {
    const wanted = aTarget(grantsTo([a, organization]));

    const step = nextStep(aSituation(anImage([], [aShare(1, [a])]), { wanted }));

    expect(step).toMatchObject({ kind: 'stop', code: 'principal-not-promotable' });
  });
});
