import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { WorkerDeploymentOptions, WorkflowBundleOption } from '@temporalio/worker';
import type { PayloadConversion } from './codec/data-converter.ts';
import { createActivities } from './activities/activities.ts';
import { doctorActivities } from './activities/doctor.ts';
import type { Dependencies } from './activities/dependencies.ts';
import { scheduleActivities } from './activities/schedules.ts';
import type { AwsClientOptions } from './aws/clients.ts';
import { createAwsClients } from './aws/clients.ts';
import { openConnection } from './client/connection.ts';
import { connectConfig } from './client/connect-config.ts';
import { temporalSources } from './client/temporal-sources.ts';
import { requireAttributes } from './client/setup.ts';
import { readEnvironment } from './config/env.ts';
import { loadLimits } from './config/limits.ts';
import { workerLogger } from './worker/log.ts';

// Above the longest call to AWS, so that a step ends where it is known what came of its write.
const shutdownGraceMs = 30_000;

/**
 * How a worker calls AWS. RAM takes few calls a second, so images that go on together wait a little for each other's lists.
 * What arrives while such a call is under way goes with the next one, so the longer AWS takes, the fewer calls there are;
 * a longer wait here would save more of them and slow each image down.
 */
export const awsClientOptions: AwsClientOptions = {
  requestTimeoutMs: 10_000,
  connectionTimeoutMs: 5_000,
  gatherMs: 100,
};

/** What a worker is made of; `runWorker` takes it from the environment. */
export interface WorkerSetup {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  /** How payloads are made and read; the client's own. */
  readonly conversion: PayloadConversion;
  readonly dependencies: Dependencies;
  /** Version of the worker's deployment `policy-rollout`; workers are not versioned where this is absent. */
  readonly buildId?: string;
  /** The workflows, bundled; they are bundled from their sources where this is absent. */
  readonly workflowBundle?: WorkflowBundleOption;
}

/** Makes a worker that does everything: rollouts, batches, images and their steps, and the examination of the set-up. */
export function createWorker({
  connection,
  namespace,
  taskQueue,
  conversion,
  dependencies,
  buildId,
  workflowBundle,
}: WorkerSetup): Promise<Worker> {
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    dataConverter: conversion,
    activities: {
      ...createActivities(dependencies),
      ...doctorActivities(dependencies, buildId ?? null),
      ...scheduleActivities(dependencies),
    },
    ...(workflowBundle === undefined ? { workflowsPath: workflowsPath() } : { workflowBundle }),
    ...(buildId === undefined ? {} : { workerDeploymentOptions: deploymentOf(buildId) }),
    // The default is derived from the heap, which the workflows' own heap is not part of: a full one ends the worker.
    maxCachedWorkflows: 500,
    maxConcurrentActivityTaskExecutions: 100,
    // A cancel comes with the answer to a heartbeat; the default lets half a minute pass between two.
    maxHeartbeatThrottleInterval: '2s',
    defaultHeartbeatThrottleInterval: '2s',
    shutdownGraceTime: shutdownGraceMs,
    shutdownForceTime: shutdownGraceMs * 2,
  });
}

/**
 * Runs a worker until SIGTERM or Ctrl-C, then drains it: what is running ends, or is handed on. Configured by the
 * environments of Temporal and of the AWS SDK, POLICY_ROLLOUT_TASK_QUEUE, POLICY_ROLLOUT_LIMITS, POLICY_ROLLOUT_BUILD_ID and
 * POLICY_ROLLOUT_CODEC_KEYS. Throws `temporal-unreachable`, `temporal-namespace-missing`, `temporal-attributes-missing`,
 * `limits-invalid`, `codec-keys-invalid` and `file-not-found` before it polls.
 */
export async function runWorker(): Promise<void> {
  const { taskQueue, limitsPath, codecKeysPath, buildId } = readEnvironment();
  const limits = limitsPath === null ? null : await loadLimits(limitsPath);
  const access = await openConnection(taskQueue, codecKeysPath);
  await requireAttributes(access);
  collectGarbageOften();
  Runtime.install({ logger: workerLogger(), shutdownSignals: ['SIGTERM', 'SIGINT'] });
  const connection = await NativeConnection.connect(connectConfig().connectionOptions);
  const clients = createAwsClients(awsClientOptions);
  const bundle = builtBundle(access.conversion);
  const worker = await createWorker({
    connection,
    namespace: access.namespace,
    taskQueue,
    conversion: access.conversion,
    dependencies: {
      clients,
      ...temporalSources(access.client, taskQueue),
      limits,
      now: Date.now,
      random: Math.random,
      delayFactor: 1,
    },
    ...(bundle === null ? {} : { workflowBundle: bundle }),
    ...(buildId === null ? {} : { buildId }),
  });
  announce(`Polling the task queue ${taskQueue} of namespace ${access.namespace} at ${access.address}.`);
  announce(
    limits === null ? 'This worker has no limits of its own (POLICY_ROLLOUT_LIMITS).' : `Limits: ${limits.sha256}.`,
  );
  try {
    await worker.run();
  } finally {
    clients.destroy();
    await Promise.all([connection.close(), access.client.connection.close()]);
  }
}

// A rollout, its batches and its images end on the version that they began on.
function deploymentOf(buildId: string): WorkerDeploymentOptions {
  return {
    version: { deploymentName: 'policy-rollout', buildId },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'PINNED',
  };
}

// In an installation they were bundled by the build: bundling takes a second of every start.
// How failures become payloads is part of a bundle, so there are two.
function builtBundle({ failureConverterPath }: PayloadConversion): { codePath: string } | null {
  const name = failureConverterPath === undefined ? 'workflow-bundle' : 'workflow-bundle-encrypted';
  const codePath = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  return existsSync(codePath) ? { codePath } : null;
}

function workflowsPath(): string {
  return fileURLToPath(new URL(`./workflows/index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url));
}

// V8 lets a heap grow to four times what is in use before it collects, in each thread: a worker would hold the more memory,
// the longer a rollout takes. Threads that start later take the flag over.
function collectGarbageOften(): void {
  setFlagsFromString('--heap-growing-percent=40');
}

function announce(line: string): void {
  process.stderr.write(`${line}\n`);
}
