import { beforeAll, describe, expect, it } from 'vitest';
import {
  batchWorkflowId,
  holdsWorkflowId,
  imageWorkflowId,
  ledgerWorkflowId,
  rolloutWorkflowId,
} from '../../src/contracts/workflow-ids.ts';
import { asking, bulkSpec, namesOf, plantImages, startBulk, untilStatus } from '../support/rig-bulk.ts';
import { rigImage, rigOrigin, rigSpec } from '../support/rig-images.ts';
import type { Rig } from '../support/rig.ts';
import { endedReport, rollOut, startRig, untilJournal } from '../support/rig.ts';
import { writesOf } from '../support/simulator.ts';

// What people do to workflows with Temporal's own tools, past the commands of this product.

const hour = 60 * 60 * 1000;
const gated = { waves: [{ name: 'first', count: 1, approval: { required: 2, timeoutMs: hour } }, { name: 'rest' }] };
const long = 'x'.repeat(1_001);
const who = asking('ann');

const rollout = 'by-hand-gated';
let rig: Rig;
let firstBatch: string;

beforeAll(async () => {
  rig = await startRig({ settings: { promotionLagMs: 1_500 } });
  const images = plantImages(rig.simulator, namesOf(rollout, 3));
  const { runId } = await rig.client.startRollout(bulkSpec(rollout, images, { strategy: gated }), rigOrigin);
  firstBatch = batchWorkflowId(rollout, runId, 'first', 1);
  await untilStatus(rig.client, rollout, ({ state }) => state === 'WAITING_FOR_APPROVAL');
});

/** Sends a signal whose payload is as it is given. */
async function signalRaw(workflowId: string, signalName: string, encoding: string, data: string): Promise<void> {
  await rig.temporal.workflowService.signalWorkflowExecution({
    namespace: rig.temporal.options.namespace,
    workflowExecution: { workflowId },
    signalName,
    input: { payloads: [{ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) }] },
  });
}

describe('a rollout', () => {
  it.each<[string, string, [unknown, ...unknown[]]]>([
    ['approve', 'no sender', [undefined]],
    ['approve', 'null', [null]],
    ['approve', 'a number', [5]],
    ['approve', 'a sender without a name', [{ reason: 'x' }]],
    ['approve', 'a name that is too long', [{ ...who, who: long }]],
    ['pause', 'a reason that is too long', [{ ...who, reason: long }]],
    ['resume', 'a list', [[]]],
    ['reject', 'a text', ['no']],
    ['advance', 'a reason that is none', [{ who: 'ann', reason: 7 }]],
    ['abort', 'no options', [who]],
    ['abort', 'options that are none', [who, { isUndoing: 'yes' }]],
    ['setStrategy', 'nothing to change', [who]],
    ['setStrategy', 'a number that is none', [who, { maxConcurrentCount: 'many' }]],
    ['setStrategy', 'no image at once', [who, { maxConcurrentCount: 0 }]],
    ['setStrategy', 'a cap that is none', [who, { rateLimits: { PutImagePolicy: -1 } }]],
    ['setStrategy', 'a cap of nothing', [who, { rateLimits: { Anything: 1 } }]],
  ])('refuses %s with %s, and stands as it stood', async (update, _what, args) => {
    const handle = rig.temporal.workflow.getHandle(rolloutWorkflowId(rollout));
    const before = await handle.query('status');

    await expect(handle.executeUpdate(update, { args })).rejects.toMatchObject({ cause: { type: 'message-invalid' } });

    expect(await handle.query('status')).toEqual(before);
  });

  it('passes over signals that are none, and goes to its end', async () => {
    const handle = rig.temporal.workflow.getHandle(rolloutWorkflowId(rollout));
    const batchWorkflowId = firstBatch;

    await handle.signal('nothing', 1);
    await handle.signal('failures', null);
    await handle.signal('failures', { batchWorkflowId, failureCount: 'NaN', compensationFailedCount: 0 });
    await handle.signal('lastRunning', 7);
    await signalRaw(handle.workflowId, 'failures', 'binary/unheard-of', 'x');
    await signalRaw(handle.workflowId, 'failures', 'json/plain', '{');
    for (const name of ['ann', 'bob']) await rig.client.ask(rollout, { kind: 'approve' }, asking(name));
    const report = await endedReport(rig.client, rollout);

    expect(report).toMatchObject({ state: 'SUCCEEDED', counts: { succeeded: 3 } });
    expect(report.messages.map(({ who: sender }) => sender)).toEqual(['ann', 'bob']);
  });
});

describe('a batch', () => {
  it('passes over limits that are none', async () => {
    const name = 'by-hand-limits';
    const images = plantImages(rig.simulator, namesOf(name, 4));
    const { runId } = await rig.client.startRollout(bulkSpec(name, images, { maxConcurrentCount: 1 }), rigOrigin);
    await untilStatus(rig.client, name, ({ counts }) => counts.running > 0);
    const batch = rig.temporal.workflow.getHandle(batchWorkflowId(name, runId, 'all', 1));

    for (const limit of [null, 'stop', { isStopped: true, lanes: 'all', failureBudget: 0 }]) {
      await batch.signal('limit', limit);
    }
    const report = await endedReport(rig.client, name);

    expect(report).toMatchObject({ state: 'SUCCEEDED', counts: { succeeded: 4 } });
  });
});

describe('the workflow that keeps', () => {
  it('the holds refuses what is no hold', async () => {
    const since = new Date().toISOString();
    const hold = { name: 'by-hand', reason: 'x', who: 'ann', since, images: 'nothing' };
    await rig.client.addHold(hold);
    const keeper = rig.temporal.workflow.getHandle(holdsWorkflowId(rig.client.taskQueue));

    const wrong = [
      null,
      { ...hold, name: 5 },
      { ...hold, name: 'b', until: 'soon' },
      { ...hold, name: 'c', reason: long },
    ];
    for (const one of wrong) {
      const update = keeper.executeUpdate('addHold', { args: [one] });
      await expect(update).rejects.toMatchObject({ cause: { type: 'message-invalid' } });
    }
    await expect(keeper.executeUpdate('removeHold', { args: [null] })).rejects.toMatchObject({
      cause: { type: 'message-invalid' },
    });

    expect(await rig.client.holds()).toEqual([hold]);
  });

  it('the ledger passes over what is none', async () => {
    const name = 'by-hand-ledger';
    const spec = rigSpec(name, plantImages(rig.simulator, [name]));
    await rollOut(rig.client, spec);
    const keeper = rig.temporal.workflow.getHandle(ledgerWorkflowId(name));

    await keeper.signal('record', null);
    await keeper.signal('record', { grants: {}, entries: [{ images: { nowhere: { web: ['1.0.0/1'] } } }] });
    await signalRaw(keeper.workflowId, 'record', 'binary/unheard-of', 'x');
    const again = await rollOut(rig.client, { ...spec, manifestSha256: 'another' });
    const drift = await rig.client.drift(spec, rigOrigin);

    expect(again).toMatchObject({ state: 'SUCCEEDED', counts: { unchanged: 1 } });
    expect(drift.counts).toMatchObject({ inSync: 1 });
    expect((await keeper.describe()).raw.pendingWorkflowTask ?? null).toBeNull();
  });
});

describe('a workflow that is started by hand', () => {
  const types = [
    'rolloutImages',
    'rolloutBatch',
    'rolloutImage',
    'planRollout',
    'scheduledRollout',
    'examineSetup',
    'keepBaselines',
    'keepHolds',
    'keepLedger',
  ];

  it.each(types)('as %s fails with a reason where its input is none', async (type) => {
    const inputs = [[], [null], [7], [{ spec: {}, image: 'web', holds: [1], accounts: null }]];

    for (const [index, args] of inputs.entries()) {
      const started = rig.temporal.workflow.execute(type, {
        workflowId: `by-hand/${type}/${index}`,
        taskQueue: rig.client.taskQueue,
        args,
      });
      await expect(started).rejects.toMatchObject({ cause: { type: 'start-invalid' } });
    }
  });

  it('fails where its id would not be the lock of its image, and writes nothing', async () => {
    const [image = rigImage('none')] = plantImages(rig.simulator, ['by-hand-lock']);
    const { rolloutName, policyTemplate: template, policySha256: sha256, options } = rigSpec('by-hand-lock', [image]);
    const args = [{ image, rolloutName, policy: { sha256, template }, options }];
    const start = (workflowId: string): Promise<unknown> =>
      rig.temporal.workflow.execute('rolloutImage', { workflowId, taskQueue: rig.client.taskQueue, args });

    await expect(start('by-hand-lock')).rejects.toMatchObject({ cause: { type: 'start-invalid' } });
    expect(writesOf(rig.simulator, image)).toEqual([]);

    await expect(start(imageWorkflowId(image))).resolves.toMatchObject({ state: 'SUCCEEDED' });
  });
});

describe('a workflow that is reset', () => {
  /** Resets a workflow to its first task, or to the last that it has ended. */
  async function reset(workflowId: string, to: 'first' | 'last'): Promise<void> {
    const handle = rig.temporal.workflow.getHandle(workflowId);
    const { runId } = await handle.describe();
    const { events } = await handle.fetchHistory();
    const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
    await rig.temporal.workflowService.resetWorkflowExecution({
      namespace: rig.temporal.options.namespace,
      workflowExecution: { workflowId, runId },
      reason: 'a test',
      workflowTaskFinishEventId: tasks.at(to === 'first' ? 0 : -1)?.eventId ?? null,
      requestId: `${workflowId}-${to}`,
    });
  }

  async function atWork(name: string) {
    const images = plantImages(rig.simulator, namesOf(name, 6));
    const spec = bulkSpec(name, images, { maxConcurrentCount: 2 });
    const { runId } = await rig.client.startRollout(spec, rigOrigin);
    await untilJournal(rig.simulator, 'a put', () => images.some((image) => writesOf(rig.simulator, image).length > 0));
    return { images, batch: batchWorkflowId(name, runId, 'all', 1), root: rolloutWorkflowId(name) };
  }

  it.each<[string, 'root' | 'batch', 'first' | 'last']>([
    ['a rollout, after its batch began,', 'root', 'last'],
    ['a rollout, before its batch began,', 'root', 'first'],
    ['a batch', 'batch', 'first'],
    ['a batch in its middle', 'batch', 'last'],
  ])('%s goes on to its end', async (_what, which, to) => {
    const name = `by-hand-reset-${which}-${to}`;
    const { images, ...ids } = await atWork(name);

    await reset(ids[which], to);
    const report = await endedReport(rig.client, name);

    expect(report).toMatchObject({ state: 'SUCCEEDED', counts: { total: 6 } });
    expect(report.images.filter(({ state }) => !['SUCCEEDED', 'UNCHANGED'].includes(state))).toEqual([]);
    expect(images.map((image) => rig.simulator.image(image)?.access.length)).toEqual(images.map(() => 2));
  });
});

it('an image whose workflow was terminated is one that a person has to look at, and a redrive brings it to its end', async () => {
  const name = 'by-hand-terminated';
  const [image = rigImage('none')] = plantImages(rig.simulator, [name]);
  await startBulk(rig.client, bulkSpec(name, [image]));
  await untilJournal(rig.simulator, 'the put', () => writesOf(rig.simulator, image).length > 0);

  await rig.temporal.workflow.getHandle(imageWorkflowId(image)).terminate('a test');
  const broken = await endedReport(rig.client, name);
  const status = await rig.client.status(name);
  await rig.client.redrive(name, { ...rigOrigin, reason: 'somebody has terminated it' });
  const redriven = await endedReport(rig.client, name);

  expect(broken.images).toMatchObject([{ state: 'COMPENSATION_FAILED', error: { code: 'image-terminated' } }]);
  expect(status.failures).toMatchObject([{ code: 'image-terminated' }]);
  expect(redriven).toMatchObject({ state: 'SUCCEEDED' });
});
