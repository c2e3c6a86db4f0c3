import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { buildProduct } from '../../scripts/setup/product-build.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where a worker polls, and which AWS it calls. */
export interface WorkerPlace {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** The endpoint of all AWS services. */
  readonly awsUrl: string;
}

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  /** What it wrote to its standard error so far. */
  readonly log: () => string;
  /** Sends the signal and waits for the end; harmless where it has ended. */
  readonly end: (signal: 'SIGKILL' | 'SIGTERM') => Promise<void>;
}

/** Builds dist/, where it is not what the sources say. */
export function buildOnce(): Promise<void> {
  return buildProduct({ root, signal: new AbortController().signal });
}

/** Starts `policy-rollout worker` as it was built, and gives it out when it polls. */
export async function startWorkerProcess({
  address,
  namespace,
  taskQueue,
  awsUrl,
}: WorkerPlace): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [`${root}dist/cli/main.js`, 'worker'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      POLICY_ROLLOUT_TASK_QUEUE: taskQueue,
      AWS_ENDPOINT_URL_IMAGEBUILDER: awsUrl,
      AWS_ENDPOINT_URL_RAM: awsUrl,
      AWS_ENDPOINT_URL_STS: awsUrl,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  let log = '';
  const ended = once(child, 'close');
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.includes('Polling the task queue')) resolve();
    });
    void ended.then(() => reject(new Error(`The worker ended: ${log}`)));
  });
  return {
    pid: child.pid ?? 0,
    log: () => log,
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
      process.off('exit', killNow);
    },
  };
}
