import type { WorkflowExecutionInfo } from '@temporalio/client';
import { expect, it } from 'vitest';
import type { RevocationRequest } from '../../src/client/revoke.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { parseImageArn } from '../../src/domain/arn.ts';
import { rolloutNameAttribute } from '../../src/contracts/search-attributes.ts';
import { batchWorkflowId, imageWorkflowId, rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import { asking, bulkSpec, namesOf, plantImages, startBulk, untilStatus, writtenOf } from '../support/rig-bulk.ts';
import { principals, rigOrigin, rigSpec } from '../support/rig-images.ts';
import { lockImage, untilWaiting } from '../support/rig-locks.ts';
import { endedReport, rollOut, startRig, untilJournal } from '../support/rig.ts';

const rig = await startRig({});

const origin = { ...rigOrigin, reason: 'a test' };

/** Images that a rollout has given to A and B, in the order in which a revocation takes them. */
async function rolledOut(prefix: string, count: number): Promise<readonly ImageArn[]> {
  await rollOut(rig.client, rigSpec(prefix, plantImages(rig.simulator, namesOf(prefix, count))));
  const plan = await rig.client.planRevocation(requestOf(prefix), origin);
  return plan.images.map(({ imageArn }) => parseImageArn(imageArn));
}

/** Starts to take the access of B from images whose names begin so; gives the name of the rollout. */
async function revoke(prefix: string): Promise<string> {
  const { rolloutName } = await rig.client.revoke(requestOf(prefix), origin);
  return rolloutName;
}

function requestOf(prefix: string): RevocationRequest {
  return { principal: principals.b, images: `*:image/${prefix}-*` };
}

function accessTo(image: ImageArn): readonly string[] | undefined {
  return rig.simulator.image(image)?.access;
}

async function priorityOf(workflowId: string): Promise<number | undefined> {
  return (await rig.temporal.workflow.getHandle(workflowId).describe()).priority?.priorityKey;
}

/** Waits until a rollout of one image waits for the lock of it. */
async function untilOnlyWaiting(rolloutName: string): Promise<void> {
  const { waves } = await untilStatus(rig.client, rolloutName, ({ waves: [wave] }) => wave?.state === 'RUNNING');
  const { runId } = await rig.temporal.workflow.getHandle(rolloutWorkflowId(rolloutName)).describe();
  await untilWaiting(rig.temporal, batchWorkflowId(rolloutName, runId, waves[0]?.name ?? '', 1), 1);
}

/** The rollouts that have had the lock of an image, the first one first. */
async function rolloutsOf(image: ImageArn): Promise<readonly string[]> {
  const query = `WorkflowId = '${imageWorkflowId(image)}' AND WorkflowType = 'rolloutImage'`;
  const runs: WorkflowExecutionInfo[] = [];
  for await (const run of rig.temporal.workflow.list({ query })) runs.push(run);
  return runs
    .toSorted((one, other) => one.startTime.getTime() - other.startTime.getTime())
    .flatMap(({ typedSearchAttributes }) => typedSearchAttributes.get(rolloutNameAttribute) ?? []);
}

it('a revocation goes on with other images, and before other rollouts, while every image of its lanes is taken', async () => {
  const { client, temporal } = rig;
  const images = await rolledOut('revoked-locked', 26);
  const [free] = images.slice(-1);
  if (free === undefined) throw new Error('no image');
  const locks = await Promise.all(images.slice(0, -1).map((image) => lockImage(temporal, image)));

  const rolloutName = await revoke('revoked-locked');
  await expect.poll(() => accessTo(free), { timeout: 40_000 }).toEqual([principals.a]);
  const { counts } = await client.status(rolloutName);
  const priorities = await Promise.all([rolloutWorkflowId(rolloutName), imageWorkflowId(free)].map(priorityOf));
  await Promise.all(locks.map((lock) => lock.terminate('a test')));
  const report = await endedReport(client, rolloutName);

  expect(counts).toMatchObject({ total: 26, pending: 25 });
  expect(priorities).toEqual([1, 1]);
  expect(report.counts).toMatchObject({ total: 26, succeeded: 26 });
});

it('a revocation has the lock of an image before every other rollout that waits for it', async () => {
  const { client, temporal } = rig;
  const [image] = await rolledOut('revoked-raced', 1);
  if (image === undefined) throw new Error('no image');
  const lock = await lockImage(temporal, image);
  const others = namesOf('racing', 4);
  for (const name of others) await startBulk(client, bulkSpec(name, [image], { wanted: [principals.a, principals.c] }));
  await Promise.all(others.map(untilOnlyWaiting));

  const rolloutName = await revoke('revoked-raced');
  await untilOnlyWaiting(rolloutName);
  await lock.terminate('a test');
  const reports = await Promise.all([rolloutName, ...others].map((name) => endedReport(client, name)));

  expect(reports.map(({ state }) => state)).toEqual(reports.map(() => 'SUCCEEDED'));
  await expect.poll(() => rolloutsOf(image), { timeout: 30_000 }).toHaveLength(6);
  expect((await rolloutsOf(image)).slice(0, 2)).toEqual(['revoked-raced', rolloutName]);
});

it('a revocation is not held up by the cap of a rollout that calls AWS meanwhile', async () => {
  const { client, simulator } = rig;
  const images = await rolledOut('revoked-uncapped', 2);
  const slow = plantImages(simulator, namesOf('revoked-meanwhile', 20));
  // The look at all of them takes 40 s.
  await startBulk(client, bulkSpec('revoked-meanwhile', slow, { rateLimits: { GetImagePolicy: 0.5 } }));
  const isLooking = () => simulator.journal(slow[0]).some(({ operation }) => operation === 'GetImagePolicy');
  await untilJournal(simulator, 'the look', isLooking);

  const rolloutName = await revoke('revoked-uncapped');
  const { counts } = await endedReport(client, rolloutName);
  const written = writtenOf(simulator, slow);
  await client.abort('revoked-meanwhile', asking('ann'), {});
  const { state } = await endedReport(client, 'revoked-meanwhile');

  expect(counts).toMatchObject({ succeeded: 2 });
  expect(images.map(accessTo)).toEqual(images.map(() => [principals.a]));
  expect(written).toEqual([]);
  expect(state).toBe('ABORTED');
});
