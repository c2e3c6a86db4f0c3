import type { Client } from '@temporalio/client';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import type { PolicyRolloutClient } from '../../src/client.ts';
import { connect } from '../../src/client.ts';
import type { StatusReport } from '../../src/contracts/report.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import type { SeededImage } from '../../src/simulator/seed.ts';
import type { Settings } from '../../src/simulator/settings.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { rigImage, rigOrigin, rigSpec } from '../../test/support/rig-images.ts';
import type { WorkerProcess } from '../../test/support/rig-worker-process.ts';
import { startWorkerProcess } from '../../test/support/rig-worker-process.ts';
import type { DevServer } from '../temporal/dev-server.mjs';
import { startDevServer } from '../temporal/dev-server.mjs';

const taskQueue = 'bench';
// Both sides have as many under way: fewer would measure how long one of them waits, not what it costs.
const lanes = 50;

/** A server, a simulator, and workers as they were built: everything that is measured together. */
export interface Workshop {
  readonly server: DevServer;
  readonly simulator: Simulator;
  readonly client: PolicyRolloutClient;
  readonly temporal: Client;
  /** Starts the worker that does the rollouts. */
  readonly startWorker: () => Promise<WorkerProcess>;
  readonly close: () => Promise<void>;
}

/** Opens a workshop; its simulator is of this process, and has no lag. */
export async function openWorkshop(cliPath: string): Promise<Workshop> {
  const server = await startDevServer({ cliPath, ui: false });
  const simulator = await startSimulator();
  process.env['TEMPORAL_ADDRESS'] = server.address;
  const client = await connect({ taskQueue });
  const connection = await Connection.connect({ address: server.address });
  const { address, namespace } = server;
  return {
    server,
    simulator,
    client,
    temporal: new TemporalClient({ connection, namespace }),
    startWorker: () => startWorkerProcess({ address, namespace, taskQueue, awsUrl: simulator.url }),
    close: async () => {
      await Promise.all([client.close(), connection.close()]);
      await simulator.close();
      await server.stop();
    },
  };
}

/** New images without a policy, which only this run knows; they behave as it is said. */
export function newImages(
  { simulator }: Workshop,
  name: string,
  count: number,
  behaviourOf: (index: number) => NonNullable<SeededImage['behaviour']> = () => ({}),
): readonly ImageArn[] {
  const images = Array.from({ length: count }, (_, index) => rigImage(`${name}-${index}`));
  simulator.seed({ images: images.map((arn, index) => ({ arn, behaviour: behaviourOf(index) })) });
  return images;
}

/** Rolls out to images, so many at once, and gives how long it took. */
export async function rollOut(
  { client }: Workshop,
  name: string,
  images: readonly ImageArn[],
  maxConcurrentCount = lanes,
): Promise<{ readonly ms: number; readonly status: StatusReport }> {
  await client.startRollout(rigSpec(name, images, { maxConcurrentCount }), rigOrigin);
  const status = await client.outcome(name);
  const ms = Date.parse(status.finishedAt ?? '') - Date.parse(status.startedAt);
  if (status.state === 'SUCCEEDED') return { ms, status };
  throw new Error(`The rollout ${name} ended ${status.state}: ${JSON.stringify(status.failures)}`);
}

/** Lets the simulator limit a rate, and forgets its journal. */
export function limitRates({ simulator }: Workshop, rateLimits: Settings['rateLimits']): void {
  simulator.reset();
  simulator.changeSettings({ rateLimits });
}

/** Workflows under way at a time, rolled out or bare. */
export const lanesOfBench = lanes;
