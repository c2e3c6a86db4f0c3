import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runCommand } from '../setup/command.mjs';
import { note } from '../setup/script.mjs';
import { startDevServer } from '../temporal/dev-server.mjs';
import { startInBackground } from './background-program.mjs';
import { environmentOfDemo, withoutForeign } from './environment.mjs';

/**
 * @typedef {object} Stage
 * @property {string} cli the built command line
 * @property {string} uiUrl Temporal's web UI
 * @property {string} temporalAddress
 * @property {string} simulatorUrl
 * @property {NodeJS.ProcessEnv} env with which the command line reaches both
 * @property {AbortSignal} signal aborts on Ctrl-C, and with the error where one of the programs has ended by itself
 * @property {() => Promise<void>} stop ends everything; last the server, which the others need
 */

const taskQueue = 'policy-rollout';
const pollersPauseMs = 100;

/**
 * Starts the Temporal dev server with its UI, the simulator and a worker, the latter two by the built command line.
 *
 * @param {{ root: string, cliPath: string, signal: AbortSignal }} options
 * @returns {Promise<Stage>}
 */
export async function setStage({ root, cliPath, signal }) {
  const cli = join(root, 'dist', 'cli', 'main.js');
  const crash = new AbortController();
  const onCrash = (/** @type {Error} */ error) => crash.abort(error);
  /** @type {(() => Promise<void>)[]} */
  const stops = [];
  const stop = async () => {
    for (const end of stops.reverse()) await end();
  };
  try {
    const server = await startDevServer({ cliPath, ui: true });
    stops.push(server.stop);
    note(`Temporal:  ${server.address}, its UI at ${server.uiUrl ?? ''}`);
    const simulator = await startInBackground({
      name: 'simulator',
      args: [cli, 'simulate', '--seed', join(root, 'examples', 'demo-world.json')],
      env: withoutForeign(process.env),
      ready: /^\{"url":/,
      signal,
      onCrash,
    });
    stops.push(simulator.stop);
    const { url: simulatorUrl } = /** @type {{ url: string }} */ (JSON.parse(simulator.announcement));
    note(`Simulator: ${simulatorUrl}`);
    const env = environmentOfDemo(process.env, { temporalAddress: server.address, simulatorUrl });
    const worker = await startInBackground({
      name: 'worker',
      args: [cli, 'worker'],
      env,
      ready: /^Polling the task queue/,
      signal,
      onCrash,
    });
    stops.push(worker.stop);
    await untilPolled(cliPath, server.address, signal);
    note('Worker:    polls');
    return {
      cli,
      uiUrl: server.uiUrl ?? '',
      temporalAddress: server.address,
      simulatorUrl,
      env,
      signal: AbortSignal.any([signal, crash.signal]),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * The worker says that it polls just before its first poll reaches the server.
 *
 * @param {string} cliPath
 * @param {string} address
 * @param {AbortSignal} signal
 */
async function untilPolled(cliPath, address, signal) {
  const where = ['--task-queue', taskQueue, '--address', address];
  const args = [
    'task-queue',
    'describe',
    ...where,
    '--output',
    'json',
    '--disable-config-env',
    '--disable-config-file',
  ];
  for (;;) {
    const { output } = await runCommand(cliPath, args, { signal, output: 'kept' });
    if (/"pollers": \[/.test(output)) return;
    await pause(pollersPauseMs);
  }
}
