import { beforeAll, it } from 'vitest';
import type { ImageInput } from '../../src/contracts/image.ts';
import { defaultActions, shorthandPolicy } from '../../src/domain/policy.ts';
import { sha256 } from '../../src/sha256.ts';
import type { FaultRule } from '../../src/simulator/faults.ts';
import type { ImageBehaviour } from '../../src/simulator/world/records.ts';
import type { Beginning } from '../support/rig-images.ts';
import {
  principals,
  quickTiming,
  rigImage,
  rigSpec,
  seedOf,
  sharedEarlier,
  unpromotable,
  unshared,
} from '../support/rig-images.ts';
import { offencesOf } from '../support/rig-offences.ts';
import type { Rig } from '../support/rig.ts';
import { imagesBefore, startRig } from '../support/rig.ts';
import { writesOf } from '../support/simulator.ts';

/** A write whose answer is lost, and what its image comes to all the same. */
interface LostAnswer extends Pick<FaultRule, 'operation' | 'skip'> {
  readonly what: string;
  readonly beginning: Beginning;
  readonly state: 'SUCCEEDED' | 'COMPENSATED';
  /** Who has access in the end; A and B where it is absent. */
  readonly access?: readonly string[];
  readonly change?: Partial<Pick<ImageInput, 'policy'>> & Partial<ImageInput['options']>;
}

const { a, b, c } = principals;
const unanswered = { ...quickTiming, unansweredMs: 2_500 };

function policyOf(wanted: readonly string[], actions: readonly string[] = defaultActions): ImageInput['policy'] {
  const template = wanted.length === 0 ? null : shorthandPolicy(wanted, actions);
  return { sha256: sha256(template ?? ''), template };
}

function sharedByAnother(name: string, behaviour: ImageBehaviour = {}): Beginning {
  const image = rigImage(name);
  return { image, seed: { images: [{ arn: image, behaviour }], shares: [{ images: [image], principals: [c] }] } };
}

/** The account already has the permission that the image will need. */
function withPermission({ image, seed }: Beginning): Beginning {
  const place = { account: '111111111111', region: 'us-east-1' };
  return {
    image,
    seed: { ...seed, permissions: [{ ...place, name: 'get-only', actions: ['imagebuilder:GetImage'] }] },
  };
}

const succeeded = 'SUCCEEDED';
const rows: readonly LostAnswer[] = [
  { what: 'a put', operation: 'PutImagePolicy', beginning: unshared('lost-put'), state: succeeded },
  {
    what: 'a put of the undo',
    operation: 'PutImagePolicy',
    skip: 1,
    beginning: unpromotable('lost-put-back'),
    state: 'COMPENSATED',
  },
  {
    what: 'an erasing put of the undo',
    operation: 'PutImagePolicy',
    // The put, and the two erasers that this profile refuses.
    skip: 3,
    beginning: unshared('lost-erase', { promotion: 'refused' }),
    state: 'COMPENSATED',
  },
  {
    what: 'the promotion of a permission',
    operation: 'PromotePermissionCreatedFromPolicy',
    beginning: unshared('lost-permission', { permission: 'unmatched' }),
    state: succeeded,
  },
  {
    what: 'the promotion of a share',
    operation: 'PromoteResourceShareCreatedFromPolicy',
    beginning: unshared('lost-promotion'),
    state: succeeded,
  },
  {
    what: 'the removal of a tag',
    operation: 'UntagResource',
    beginning: sharedByAnother('lost-untag', { failingPrincipals: [b] }),
    state: 'COMPENSATED',
    access: [c],
    change: { foreignShares: 'adopt', onNotVisible: 'restore' },
  },
  { what: 'a tag', operation: 'TagResource', beginning: unshared('lost-tag'), state: succeeded },
  { what: 'an addition', operation: 'AssociateResourceShare', beginning: sharedEarlier('lost-add'), state: succeeded },
  {
    what: 'a removal',
    operation: 'DisassociateResourceShare',
    beginning: sharedEarlier('lost-remove'),
    state: succeeded,
  },
  {
    what: 'a new permission of a share',
    operation: 'AssociateResourceSharePermission',
    beginning: withPermission(sharedEarlier('lost-replace')),
    state: succeeded,
    change: { policy: policyOf([a, b], ['imagebuilder:GetImage']) },
  },
  {
    what: 'the making of a permission',
    operation: 'CreatePermission',
    beginning: sharedEarlier('lost-create-permission'),
    state: succeeded,
    change: { policy: policyOf([a, b], ['imagebuilder:ListImages']) },
  },
  {
    what: 'the making of a share',
    operation: 'CreateResourceShare',
    beginning: sharedByAnother('lost-create-share'),
    state: succeeded,
    access: [a, b, c],
    change: { foreignShares: 'leave' },
  },
  {
    what: 'the deletion of a share',
    operation: 'DeleteResourceShare',
    beginning: sharedEarlier('lost-delete'),
    state: succeeded,
    access: [],
    change: { policy: policyOf([]) },
  },
];

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({
    seed: seedOf(rows.map(({ beginning }) => beginning)),
    settings: { shareLagMs: 50, promotionLagMs: 50, associationLagMs: 50 },
    faults: rows.map(({ operation, skip = 0, beginning: { image } }) => ({
      operation,
      skip,
      // A permission that is being made belongs to no image yet.
      ...(operation !== 'CreatePermission' && { image }),
      answer: { kind: 'lose-response-after-effect' },
    })),
  });
});

it.concurrent.for(rows)('has no second effect where the answer of $what is lost', async (row, { expect }) => {
  const { operation, beginning, state, access, change = {} } = row;
  const { image } = beginning;
  const before = imagesBefore(rig.simulator).get(image);
  const { policy = policyOf([a, b]), ...options } = change;
  const spec = rigSpec('lost', [image], { timing: unanswered, ...options });

  const { runId } = await rig.client.startImage({ image, rolloutName: 'lost', policy, options: spec.options });
  const outcome = await rig.client.imageOutcome(image, runId);

  expect(outcome).toMatchObject({ state });
  expect(before === undefined ? ['unknown'] : offencesOf(rig.simulator, before, outcome, access)).toEqual([]);
  expect(lostOf(row)).toHaveLength(1);
  expect(effectsOf(row).length).toBe(operation === 'PutImagePolicy' && state === 'COMPENSATED' ? 2 : 1);
});

function entriesOf({ operation, beginning: { image } }: LostAnswer) {
  const entries = operation === 'CreatePermission' ? rig.simulator.journal() : writesOf(rig.simulator, image);
  return entries.filter((entry) => entry.operation === operation);
}

function lostOf(row: LostAnswer) {
  return entriesOf(row).filter(({ answered, effect }) => !answered && effect);
}

function effectsOf(row: LostAnswer) {
  return entriesOf(row).filter(({ effect }) => effect);
}
