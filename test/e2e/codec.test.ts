import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import type { RolloutReport } from '../../src/contracts/report.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { CapturedRun } from '../support/captured-io.ts';
import type { Variables } from '../support/built-cli.ts';
import { buildForTests, runBuiltCli, startBuiltWorker } from '../support/built-cli.ts';
import { everythingIn, failureMessagesIn } from '../support/raw-history.ts';
import { aGuardedSimulator } from '../support/guarded-simulator.ts';
import { anImageArn } from '../support/simulator.ts';

const consumer = '222222222222';
const ticket = 'CHG-4711-secret';
const firstKey = `first ${Buffer.alloc(32, 1).toString('base64')}`;
const secondKey = `second ${Buffer.alloc(32, 2).toString('base64')}`;
const healthy = anImageArn({ name: 'healthy' });
const refused = anImageArn({ name: 'refused' });

// Of its own: a command that reads every history of a namespace, such as revoke, would need these keys.
const namespace = `encrypted-${process.pid}`;

let folder = '';
let simulator: Simulator;
let rolloutName = '';
let rolloutCount = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policy-rollout-codec-'));
  await buildForTests();
  const files = { first: firstKey, second: secondKey, rotated: `${secondKey}\n${firstKey}` };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const made = await runBuiltCli(['setup', '--retention', '1'], {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: namespace,
  });
  expect(made.exitCode, made.stderr).toBe(0);
});

afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  simulator = await aGuardedSimulator({
    seed: { images: [{ arn: healthy }, { arn: refused, behaviour: { promotion: 'refused' } }] },
  });
  rolloutName = `codec-${process.pid}-${(rolloutCount += 1)}`;
});

/** The environment of a process that has these keys; none has no keys. */
function variables(keys: 'first' | 'second' | 'rotated' | null): Variables {
  return {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: namespace,
    POLICY_ROLLOUT_TASK_QUEUE: rolloutName,
    POLICY_ROLLOUT_CODEC_KEYS: keys === null ? '' : join(folder, keys),
    AWS_ENDPOINT_URL: simulator.url,
  };
}

async function apply(keys: Parameters<typeof variables>[0], ...flags: readonly string[]): Promise<CapturedRun> {
  const manifest = join(folder, `${rolloutName}.yaml`);
  await writeFile(
    manifest,
    `apiVersion: policy-rollout/v1
name: ${rolloutName}
policy: { principals: ['${consumer}'] }
images: { include: ['${healthy}', '${refused}'] }
strategy: { failureToleranceCount: 1 }
verification: { settle: 0s }
`,
  );
  const argv = ['apply', manifest, '--yes', '--json', '--annotation', `ticket=${ticket}`, ...flags];
  return runBuiltCli(argv, variables(keys));
}

function statesOf({ stdout }: CapturedRun): readonly string[] {
  const report = JSON.parse(stdout) as RolloutReport;
  return report.images.map(({ state }) => state).sort();
}

function historiesOf(name: string): Promise<readonly object[]> {
  return historiesBy(`RolloutName = '${name}'`);
}

/** Whatever runs on the task queue of a test, also what is no part of the rollout, such as its ledger. */
function historiesOnQueue(): Promise<readonly object[]> {
  return historiesBy(`TaskQueue = '${rolloutName}'`);
}

/** A schedule with all that it keeps, as it came from Temporal. */
async function scheduleNamed(scheduleId: string): Promise<object> {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  try {
    return await connection.workflowService.describeSchedule({ namespace, scheduleId });
  } finally {
    await connection.close();
  }
}

async function historiesBy(query: string): Promise<readonly object[]> {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  try {
    const { executions } = await connection.workflowService.listWorkflowExecutions({ namespace, query });
    return await Promise.all(
      executions.map(({ execution }) =>
        connection.workflowService.getWorkflowExecutionHistory({ namespace, ...(execution && { execution }) }),
      ),
    );
  } finally {
    await connection.close();
  }
}

/** Temporal lists a workflow a moment after it has begun, or ended. */
async function untilListed(count: number, read: () => Promise<readonly object[]>): Promise<readonly object[]> {
  return vi.waitFor(
    async () => {
      const histories = await read();
      expect(histories).toHaveLength(count);
      return histories;
    },
    { timeout: 20_000, interval: 50 },
  );
}

describe('a rollout with keys', () => {
  it('ends as without, and leaves no plain text in any history, nor in a schedule', async () => {
    await startBuiltWorker(variables('first'));

    const run = await apply('first');
    const manifest = join(folder, `${rolloutName}.yaml`);
    const words = ['schedule', 'create', manifest, '--name', rolloutName, '--cron', '0 6 * * *', '--yes'];
    const scheduled = await runBuiltCli(words, variables('first'));

    // The root, its batch, two images, and the ledger.
    const histories = await untilListed(5, historiesOnQueue);
    const kept = everythingIn([...histories, await scheduleNamed(`schedule/${rolloutName}`)]);
    expect(scheduled.exitCode, scheduled.stderr).toBe(0);
    expect({ exitCode: run.exitCode, states: statesOf(run) }).toEqual({
      exitCode: 3,
      states: ['COMPENSATED', 'SUCCEEDED'],
    });
    expect(kept).not.toMatch(new RegExp([consumer, ticket, '2012-10-17'].join('|')));
    expect(new Set(failureMessagesIn(histories))).toEqual(new Set(['Encoded failure']));
  });

  it('without which the same search finds the text', async () => {
    await startBuiltWorker(variables(null));

    await apply(null);

    const text = everythingIn(await untilListed(4, () => historiesOf(rolloutName)));
    expect([consumer, ticket, '2012-10-17'].filter((secret) => !text.includes(secret))).toEqual([]);
  });

  it('is read by whoever has its key, below a newer one, and by nobody else', async () => {
    await startBuiltWorker(variables('first'));
    await apply('first');

    const [rotated, wrong, none] = await Promise.all(
      (['rotated', 'second', null] as const).map((keys) =>
        runBuiltCli(['report', rolloutName, '--json'], variables(keys)),
      ),
    );

    expect(rotated?.stdout).toContain(ticket);
    for (const run of [wrong, none]) {
      expect(run?.exitCode).toBe(69);
      expect(JSON.parse(run?.stdout ?? '')).toMatchObject({
        error: { code: 'payload-undecryptable', detail: 'There is no key first' },
      });
    }
  });

  it('is named by a command that reads many, and has no key for it', async () => {
    await startBuiltWorker(variables('first'));
    await apply('first');
    await untilListed(4, () => historiesOf(rolloutName));

    const run = await runBuiltCli(
      ['revoke', consumer, '--dry-run', '--reason', 'a test', '--json'],
      variables('second'),
    );

    expect(run.exitCode).toBe(69);
    expect(JSON.parse(run.stdout)).toMatchObject({
      error: {
        code: 'payload-undecryptable',
        detail: expect.stringMatching(/^(rollout|ledger)\/codec-\S+: There is no key first$/) as unknown,
      },
    });
  });

  it('respects holds that nobody else can read', async () => {
    await startBuiltWorker(variables('first'));
    const hold = ['holds', 'add', 'secret', '--images', healthy, '--reason', ticket, '--yes'];

    const added = await runBuiltCli(hold, variables('first'));
    const run = await apply('first');
    const listed = await runBuiltCli(['holds', 'list'], variables('first'));

    expect([added.exitCode, run.exitCode]).toEqual([0, 7]);
    expect(run.stdout).toContain('image-held');
    expect(listed.stdout).toContain(ticket);
    const histories = await untilListed(1, () => historiesBy(`WorkflowId = 'holds/${rolloutName}'`));
    expect(everythingIn(histories)).not.toContain(ticket);
  });

  it('waits for a worker that has its key', async () => {
    const worker = await startBuiltWorker(variables('second'));
    const complaint = new Promise((resolve) => {
      worker.stderr?.on('data', (text: string) => {
        if (text.includes('There is no key first')) resolve(text);
      });
    });
    await apply('first', '--detach');
    await complaint;
    worker.kill('SIGKILL');
    await startBuiltWorker(variables('rotated'));

    const run = await apply('rotated');

    expect(run.stdout).toContain('COMPENSATED');
  });
});
