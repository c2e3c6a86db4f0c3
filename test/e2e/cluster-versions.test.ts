import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { findTemporalCli } from '../../scripts/temporal/find.mjs';
import { realOutside } from '../../scripts/temporal/outside.mjs';
import { buildForTests, runBuiltCli, startBuiltWorker } from '../support/built-cli.ts';
import { aGuardedSimulator } from '../support/guarded-simulator.ts';
import { anImageArn } from '../support/simulator.ts';

const image = anImageArn();
const variables = () => ({
  TEMPORAL_ADDRESS: inject('temporalAddress'),
  TEMPORAL_NAMESPACE: `versions-${process.pid}`,
});
let folder = '';
let temporalCli = '';

beforeAll(async () => {
  await buildForTests();
  temporalCli = await findTemporalCli(realOutside(new AbortController().signal));
  folder = await mkdtemp(join(tmpdir(), 'policy-rollout-versions-'));
  await runBuiltCli(['setup', '--retention', '1'], variables());
});

afterAll(() => rm(folder, { recursive: true }));

async function temporal(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(temporalCli, args, { env: { ...process.env, ...variables() } });
  return stdout;
}

/** Makes a version the one that new rollouts begin on; the server learns of it from its worker's first poll. */
function makeCurrent(buildId: string): Promise<string> {
  const flags = ['--deployment-name', 'policy-rollout', '--build-id', buildId, '--yes'];
  return vi.waitFor(() => temporal('worker', 'deployment', 'set-current-version', ...flags), 20_000);
}

async function buildOf(workflowId: string): Promise<unknown> {
  const text = await temporal('workflow', 'describe', '--workflow-id', workflowId, '--output', 'json');
  const { workflowExecutionInfo } = JSON.parse(text) as {
    workflowExecutionInfo: { versioningInfo?: { deploymentVersion?: { buildId?: string } } };
  };
  return workflowExecutionInfo.versioningInfo?.deploymentVersion?.buildId;
}

async function manifestOf(name: string): Promise<string> {
  const path = join(folder, `${name}.json`);
  const policy = { principals: ['222222222222'] };
  await writeFile(
    path,
    JSON.stringify({ apiVersion: 'policy-rollout/v1', name, policy, images: { include: [image] } }),
  );
  return path;
}

it('a rollout ends on the version of the worker that it began on, and the next one begins on the new version', async () => {
  const simulator = await aGuardedSimulator({
    settings: { promotionLagMs: 4_000 },
    seed: { images: [{ arn: image }] },
  });
  const world = { ...variables(), AWS_ENDPOINT_URL: simulator.url };
  await startBuiltWorker({ ...world, POLICY_ROLLOUT_BUILD_ID: 'one' });
  await makeCurrent('one');
  const first = runBuiltCli(['apply', await manifestOf('first'), '--yes'], world);
  await vi.waitUntil(() => simulator.journal().some(({ operation }) => operation === 'PutImagePolicy'), 20_000);
  await startBuiltWorker({ ...world, POLICY_ROLLOUT_BUILD_ID: 'two' });
  await makeCurrent('two');

  const ended = await first;
  const next = await runBuiltCli(['apply', await manifestOf('next'), '--yes'], world);

  expect([ended.exitCode, next.exitCode]).toEqual([0, 0]);
  expect(await buildOf('rollout/first')).toBe('one');
  expect(await buildOf('image-policy/111111111111/us-east-1/web/1.0.0/1')).toBe('one');
  expect(await buildOf('rollout/next')).toBe('two');
});
