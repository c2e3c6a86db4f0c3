import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, inject, it } from 'vitest';
import { findTemporalCli } from '../../scripts/temporal/find.mjs';
import { realOutside } from '../../scripts/temporal/outside.mjs';
import { rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import { runCaptured } from '../support/captured-io.ts';
import type { HeldImage } from '../support/rig-holds.ts';
import { endsByName, heldImages, promotingImage, rollOutHeld } from '../support/rig-holds.ts';
import {
  principals,
  quickTiming,
  rigImage,
  rigOrigin,
  rigSpec,
  seedOf,
  sharedEarlier,
  unshared,
} from '../support/rig-images.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, imagesBefore, offencesOfRollout, startRig, statesByName, untilJournal } from '../support/rig.ts';
import { writesOf } from '../support/simulator.ts';

const hang = { times: 'always', answer: { kind: 'hang' } } as const;
const consumerRoles = { [principals.a]: { roleArn: `arn:aws:iam::${principals.a}:role/reader` } };
const timing = { ...quickTiming, unansweredMs: 12_000 };

/** Images at every point of the transaction: before the first write and in the proof as well. */
function imagesOf(prefix: string): readonly HeldImage[] {
  return [
    {
      ...unshared(`${prefix}-untouched`),
      after: null,
      holds: [{ operation: 'GetImage', ...hang }],
      end: 'SUCCEEDED',
    },
    {
      ...unshared(`${prefix}-proving`),
      after: { operation: 'TagResource', count: 1 },
      holds: [{ operation: 'ListResources', account: principals.a, ...hang }],
      end: 'SUCCEEDED',
    },
    ...heldImages(prefix),
  ];
}

/** The ways in which a person ends a rollout. */
const ways = [
  { way: 'a cancel of its workflow', prefix: 'cancelled', end: cancelRoot },
  { way: 'policy-rollout abort', prefix: 'aborted', end: abort },
] as const;

async function cancelRoot(rolloutName: string): Promise<void> {
  await rig.temporal.workflow.getHandle(rolloutWorkflowId(rolloutName)).cancel();
}

/** As whoever has only Temporal's own tools at hand does it. */
async function cancelByHand(rolloutName: string): Promise<void> {
  const temporal = await findTemporalCli(realOutside(new AbortController().signal));
  const place = ['--address', inject('temporalAddress'), '--namespace', rig.temporal.options.namespace];
  const argv = ['workflow', 'cancel', '--workflow-id', rolloutWorkflowId(rolloutName), ...place];
  await promisify(execFile)(temporal, argv);
}

async function abort(rolloutName: string): Promise<void> {
  const argv = ['abort', rolloutName, '--reason', 'wrong account', '--yes'];
  const { exitCode, stderr } = await runCaptured(argv, { taskQueue: rig.client.taskQueue });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
}

let rig: Rig;

beforeAll(async () => {
  const images = ways.flatMap(({ prefix }) => [...imagesOf(prefix), promotingImage(prefix)]);
  rig = await startRig(
    { seed: seedOf([...images, ...unsharing]), settings: { shareLagMs: 50, associationLagMs: 200 } },
    { requestTimeoutMs: 10_000 },
  );
});

it.each(ways)('leaves each image at its baseline, or finished, after $way at any point', async ({ prefix, end }) => {
  const held = imagesOf(prefix);
  const before = imagesBefore(rig.simulator);
  const change = { timing, consumerRoles };

  const ended = await rollOutHeld(
    rig.client,
    rig.simulator,
    { prefix, held, change, promotionLagMs: 20_000 },
    async (names) => {
      await Promise.all(names.map((name) => end(name)));
    },
  );

  const ends = [...held, promotingImage(prefix)].map((image) => ({ ...image, end: endAfterCancel(image) }));
  expect(statesByName(ended)).toEqual(endsByName(ends));
  expect(offencesOfRollout(rig.simulator, before, ended)).toEqual([]);
  expect(writesOf(rig.simulator, rigImage(`${prefix}-untouched`))).toEqual([]);
});

const unsharing = [sharedEarlier('unsharing'), sharedEarlier('unsharing-later')];

it('goes to the end where nobody is wanted, since a deleted share cannot come back, and starts nothing new', async () => {
  const images = unsharing.map(({ image }) => image);
  const spec = rigSpec('unshare', images, { timing, wanted: [], maxConcurrentCount: 1 });
  rig.simulator.addFaults([{ operation: 'DeleteResourceShare', answer: { kind: 'delay', durationMs: 8_000 } }]);
  await rig.client.startRollout(spec, rigOrigin);
  await untilJournal(rig.simulator, 'a look at the share before its end', () => hasLooked(images[0]));
  await cancelByHand('unshare');

  const report = await endedReport(rig.client, 'unshare');

  expect(report.state).toBe('ABORTED');
  expect(statesByName(report.images)).toEqual({ unsharing: 'SUCCEEDED', 'unsharing-later': 'SKIPPED' });
  expect(images.map((image) => rig.simulator.image(image)?.access)).toEqual([[], [principals.a, principals.c]]);
});

/** Whether the share of an image was read for the rollout, for the baseline, and before it is deleted. */
function hasLooked(image = ''): boolean {
  return rig.simulator.journal(image).filter(({ operation }) => operation === 'GetImagePolicy').length >= 3;
}

/** What goes back already is not cancelled. */
function endAfterCancel({ end }: HeldImage): HeldImage['end'] {
  return end === 'SUCCEEDED' ? 'CANCELLED' : end;
}
