import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportedImage } from '../../src/contracts/report.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { imageArnParts } from '../../src/domain/arn.ts';
import { defaultActions, shorthandPolicy } from '../../src/domain/policy.ts';
import type { FaultAnswer, FaultRule } from '../../src/simulator/faults.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, rollOut, startRig, untilJournal } from '../support/rig.ts';
import { foreignShareOf } from '../support/rig-foreign.ts';
import type { Beginning, SpecChange } from '../support/rig-images.ts';
import {
  principals,
  quickTiming,
  rigImage,
  rigOrigin,
  rigSpec,
  sharedEarlier,
  unpromotable,
  unshared,
} from '../support/rig-images.ts';
import { follow } from '../support/runbook.ts';
import { operationsOn } from '../support/simulator.ts';

const { b, c } = principals;
const failing = { failingPrincipals: [b] };
const restoring: SpecChange = {
  onNotVisible: 'restore',
  timing: { ...quickTiming, verificationTimeoutMs: 500 },
};

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({});
});

interface Broken extends Beginning {
  readonly what: string;
  readonly faults: readonly FaultRule[];
  readonly change?: SpecChange;
}

const broken: readonly Broken[] = [
  {
    what: 'who was added to a share stays in it',
    ...sharedEarlier('runbook-added'),
    faults: [denied('DisassociateResourceShare')],
  },
  {
    what: 'who was taken out of a share does not return, and its permission stays another',
    ...withGetOnly('runbook-permission'),
    faults: [
      { ...denied('DisassociateResourceShare'), times: 1 },
      denied('AssociateResourceSharePermission', { skip: 1 }),
    ],
  },
  {
    what: 'a policy stays whose share nobody knows',
    ...unshared('runbook-unknown', { share: 'never-appears' }),
    faults: [denied('PutImagePolicy', { skip: 1 })],
    change: { timing: { ...quickTiming, promotionTimeoutMs: 500 } },
  },
  {
    what: 'a share that was promoted stays where nobody had access',
    ...unshared('runbook-promoted', failing),
    faults: [denied('DeleteResourceShare')],
    change: restoring,
  },
  {
    what: 'a share that was promoted stays where a policy gave the access',
    ...withPolicy('runbook-policy'),
    faults: [denied('DisassociateResourceShare')],
    change: restoring,
  },
  {
    what: 'a policy stays in the place of another',
    ...unpromotable('runbook-replaced'),
    faults: [denied('PutImagePolicy', { skip: 1 })],
  },
  {
    what: 'a share that was made beside that of somebody else stays',
    ...besideAnother('runbook-beside'),
    faults: [denied('DeleteResourceShare')],
    change: { ...restoring, foreignShares: 'leave' },
  },
];

describe('where an undo fails', () => {
  it.each(broken)('the runbook brings exactly the baseline back: $what', async ({ image, seed, faults, change }) => {
    const { client, simulator } = rig;
    simulator.reset();
    simulator.seed(seed);
    simulator.addFaults(faults);
    const before = grantsOf(image);
    const { images } = await rollOut(client, rigSpec(imageArnParts(image).name, [image], change));
    expect(images).toMatchObject([{ state: 'COMPENSATION_FAILED' }]);
    expect(grantsOf(image)).not.toEqual(before);

    simulator.clearFaults();
    await follow(simulator, runbookOf(images));

    expect(grantsOf(image)).toEqual(before);
  });
});

describe('an image that is deleted during its transaction', () => {
  const gone = rigImage('runbook-gone');
  const others = [rigImage('runbook-there')];

  it('is FAILED, names the share that is left, and stops no other image', async () => {
    const { client, simulator } = rig;
    const notFound: FaultAnswer = { kind: 'error', status: 404, name: 'ResourceNotFoundException' };
    simulator.reset();
    simulator.seed({ images: [gone, ...others].map((arn) => ({ arn })) });
    simulator.changeSettings({ promotionLagMs: 1_000 });
    simulator.addFaults([{ ...denied('TagResource'), image: gone }]);

    await client.startRollout(rigSpec('runbook-gone', [gone, ...others]), rigOrigin);
    const isPromoted = () => operationsOn(simulator, gone).includes('PromoteResourceShareCreatedFromPolicy');
    await untilJournal(simulator, 'a promotion', isPromoted);
    simulator.addFaults([{ operation: 'GetImagePolicy', image: gone, times: 'always', answer: notFound }]);
    const { state, images } = await endedReport(client, 'runbook-gone');

    const [shareArn] = simulator.image(gone)?.shares.map(({ arn }) => arn) ?? [];
    const end = images.find(({ imageArn }) => imageArn === gone);
    expect(state).toBe('COMPLETED_WITH_FAILURES');
    expect(end).toMatchObject({ state: 'FAILED', error: { code: 'image-gone' } });
    expect(end?.runbook).toBeUndefined();
    expect(end?.error?.detail).toContain(shareArn);
    expect(images.map((image) => image.state).sort()).toEqual(['FAILED', 'SUCCEEDED']);
  });

  it('is put back where it only seemed so to the first look of its undo', async () => {
    const { client, simulator } = rig;
    const { image, seed } = unpromotable('runbook-seems-gone');
    const answer: FaultAnswer = { kind: 'error', status: 404, name: 'ResourceNotFoundException' };
    simulator.reset();
    simulator.seed(seed);
    // Looks before the rollout, for the baseline, before the put and before the promotion.
    simulator.addFaults([{ operation: 'GetImagePolicy', image, skip: 4, answer }]);

    const { images } = await rollOut(client, rigSpec('runbook-seems-gone', [image]));

    expect(simulator.journal(image).filter(({ status }) => status === 404)).toHaveLength(1);
    expect(images).toMatchObject([{ state: 'COMPENSATED', error: { code: 'promotion-refused' } }]);
    expect(simulator.image(image)?.access).toEqual([c]);
  });
});

function runbookOf([image]: readonly ReportedImage[]): string {
  return image?.runbook ?? '';
}

/** A call that is denied from some time on. */
function denied(operation: string, from: { readonly skip?: number } = {}): FaultRule {
  const name = operation === 'PutImagePolicy' ? 'ForbiddenException' : 'AccessDeniedException';
  const answer: FaultAnswer = { kind: 'error', status: 403, name };
  return { operation, times: 'always', answer, ...from };
}

/** An image in a share of an earlier rollout that lets A and C read it alone. */
function withGetOnly(name: string): Beginning {
  const { image, seed } = sharedEarlier(name);
  const { account, region } = imageArnParts(image);
  const shares = (seed.shares ?? []).map((share) => ({ ...share, permissionName: name }));
  return {
    image,
    seed: { ...seed, shares, permissions: [{ account, region, name, actions: ['imagebuilder:GetImage'] }] },
  };
}

/** An image with an unpromoted policy for C; B cannot be given access. */
function withPolicy(name: string): Beginning {
  const image = rigImage(name);
  const policy = shorthandPolicy([c], defaultActions);
  return { image, seed: { images: [{ arn: image, policy, behaviour: failing }] } };
}

/** An image that somebody else shares, and that B cannot be given access to. */
function besideAnother(name: string): Beginning {
  const image = rigImage(name);
  const { seed } = foreignShareOf(image);
  return { image, seed: { ...seed, images: [...(seed.images ?? []).slice(1), { arn: image, behaviour: failing }] } };
}

/** What others than the owner may do with an image. */
function grantsOf(image: ImageArn): readonly string[] {
  const { account } = imageArnParts(image);
  const grants = rig.simulator.image(image)?.grants ?? [];
  const texts = grants.map(({ principal, action }) => `${principal} ${action}`);
  return [...new Set(texts)].filter((text) => !text.includes(account)).sort();
}
