import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { bareImage } from './bare-workflows.ts';
import type { Workshop } from './workshop.ts';
import { lanesOfBench } from './workshop.ts';

const taskQueue = 'bare';

/** Runs so many workflows that do nothing, started directly, and gives how long it took. */
export type BareRun = (count: number) => Promise<number>;

/** Lends a worker for bare workflows, on the server of the workshop. */
export async function withBareWorker<Result>(
  { server, temporal }: Workshop,
  use: (run: BareRun) => Promise<Result>,
): Promise<Result> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const connection = await NativeConnection.connect({ address: server.address });
  const worker = await Worker.create({
    connection,
    namespace: server.namespace,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('./bare-workflows.ts', import.meta.url)),
    activities: { doNothing: () => Promise.resolve() },
  });
  let started = 0;
  const one = (): Promise<void> =>
    temporal.workflow.execute(bareImage, { taskQueue, workflowId: `bare-${(started += 1)}` });
  const run: BareRun = async (count) => {
    const begin = Date.now();
    let left = count;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await one();
    };
    await Promise.all(Array.from({ length: lanesOfBench }, lane));
    return Date.now() - begin;
  };
  try {
    return await worker.runUntil(() => use(run));
  } finally {
    await connection.close();
  }
}
