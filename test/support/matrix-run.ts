import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { vi } from 'vitest';
import { createAwsClients } from '../../src/aws/clients.ts';
import type { TemporalAccess } from '../../src/client/connection.ts';
import { openConnection } from '../../src/client/connection.ts';
import { imageOutcome } from '../../src/client/image-outcome.ts';
import { temporalSources } from '../../src/client/temporal-sources.ts';
import { startImage } from '../../src/client/start.ts';
import type { ImageReport } from '../../src/contracts/report.ts';
import type { ProfileName } from '../../src/simulator/profiles.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startGuardedSimulator } from './guarded-simulator.ts';
import { createWorker } from '../../src/worker.ts';
import { failureOf } from './matrix-failures.ts';
import {
  faultsOf,
  imageOf,
  inputOf,
  interventionsOf,
  isSlow,
  matrixSettings,
  requestTimeoutMs,
  seedOf,
} from './matrix-world.ts';
import type { MatrixRow } from './matrix.ts';

/** Where the workflows of a matrix run. */
export interface MatrixPlace {
  readonly address: string;
  readonly namespace: string;
  readonly workflowBundle: WorkflowBundleWithSourceMap;
}

/** A simulator and a worker for some rows of one profile. */
export interface MatrixWorld {
  readonly simulator: Simulator;
  readonly run: (row: MatrixRow) => Promise<ImageReport>;
  readonly close: () => Promise<void>;
}

const longestRunMs = 120_000;
const lookEveryMs = 50;

/** Starts a world; all its rows have the same pace. Endpoints are those of this process until it is closed. */
export async function startMatrixWorld(
  place: MatrixPlace,
  profile: ProfileName,
  rows: readonly MatrixRow[],
): Promise<MatrixWorld> {
  const simulator = await startGuardedSimulator({
    settings: { ...matrixSettings(rows, rows.some(isSlow)), profile },
    seed: seedOf(rows),
    faults: rows.flatMap(faultsOf),
    interventions: rows.flatMap(interventionsOf),
  });
  for (const service of ['IMAGEBUILDER', 'RAM', 'STS']) vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, simulator.url);
  vi.stubEnv('TEMPORAL_ADDRESS', place.address);
  vi.stubEnv('TEMPORAL_NAMESPACE', place.namespace);
  const access = await openConnection(`matrix-${profile}-${simulator.port}`, null);
  const worker = await startWorker(place, access);
  return {
    simulator,
    run: (row) => runRow(access, simulator, row),
    close: async () => {
      await worker.stop();
      await access.client.connection.close();
      await simulator.close();
      vi.unstubAllEnvs();
    },
  };
}

async function startWorker(
  { address, namespace, workflowBundle }: MatrixPlace,
  { client, taskQueue, conversion }: TemporalAccess,
): Promise<{ readonly stop: () => Promise<void> }> {
  const connection = await NativeConnection.connect({ address });
  const clients = createAwsClients({ requestTimeoutMs, connectionTimeoutMs: requestTimeoutMs, gatherMs: 5 });
  const worker = await createWorker({
    connection,
    namespace,
    taskQueue,
    conversion,
    workflowBundle,
    dependencies: {
      clients,
      ...temporalSources(client, taskQueue),
      limits: null,
      now: Date.now,
      random: Math.random,
      delayFactor: 0.05,
    },
  });
  const running = worker.run();
  return {
    stop: async () => {
      worker.shutdown();
      await running;
      clients.destroy();
      await connection.close();
    },
  };
}

async function runRow(access: TemporalAccess, simulator: Simulator, row: MatrixRow): Promise<ImageReport> {
  const { workflowId, runId } = await startImage(access, inputOf(row));
  const ended = imageOutcome(access, imageOf(row), runId, longestRunMs);
  if (isSlow(row)) {
    const handle = access.client.workflow.getHandle(workflowId, runId);
    await untilCancelled(() => isCancelDue(row, simulator, () => handle.describe()), ended);
    await handle.cancel();
  }
  return ended;
}

async function untilCancelled(isDue: () => Promise<boolean>, ended: Promise<ImageReport>): Promise<void> {
  const end = ended.then(() => 'ended' as const);
  while (!(await isDue())) {
    const came = await Promise.race([end, sleep(lookEveryMs)]);
    if (came === 'ended') throw new Error('the image ended before it could be cancelled');
  }
}

interface Described {
  readonly raw: {
    readonly pendingActivities?: readonly { readonly activityType?: { readonly name?: string | null } | null }[] | null;
  };
}

async function isCancelDue(row: MatrixRow, simulator: Simulator, describe: () => Promise<Described>): Promise<boolean> {
  const { cancelledAfter } = failureOf(row.reached);
  if (cancelledAfter !== undefined) {
    return simulator.journal(imageOf(row)).some(({ operation, effect }) => operation === cancelledAfter && effect);
  }
  const { raw } = await describe();
  return raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'verifyVisibility') === true;
}
