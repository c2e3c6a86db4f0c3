import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { runCommand } from '../setup/command.mjs';
import { SetupError } from '../setup/script.mjs';

/**
 * @typedef {{ grpc: number, ui: number, http: number, metrics: number }} DevServerPorts
 *
 * @typedef {object} DevServerOptions
 * @property {string} cliPath the Temporal CLI, see `findTemporalCli`
 * @property {boolean} ui whether to serve the web UI
 * @property {string} [namespace] made if it is not there; `default` when absent
 * @property {string} [dbFilename] keeps the state; without it all is lost when the server ends
 * @property {DevServerPorts} [ports] those of an earlier server; free ones when absent
 * @property {(address: string) => Promise<void>} [onHealthy] ends before the server is handed out
 *
 * @typedef {object} DevServer
 * @property {string} address host:port of the gRPC frontend
 * @property {string | null} uiUrl null without the web UI
 * @property {string} namespace
 * @property {number} pid
 * @property {DevServerPorts} ports
 * @property {(signal: NodeJS.Signals) => Promise<void>} kill sends the signal and waits for the end
 * @property {() => Promise<void>} stop ends it in order, after 10 s by force; harmless when it has ended
 */

const host = '127.0.0.1';
const healthyWithinMs = 60_000;
const stoppedWithinMs = 10_000;
const healthPauseMs = 50;
const mostAttempts = 3;
const keptLogLength = 4_000;

// A shell may be set up for another cluster; neither server nor health check may take that over.
const ownConfiguration = ['--disable-config-env', '--disable-config-file'];

// What the workflows set and the list queries use; ignored by the server on a database that exists already.
const searchAttributes = ['RolloutName', 'RolloutWave', 'ImageArn', 'ImageState', 'FailureCode'];

/**
 * Starts a Temporal dev server on 127.0.0.1 and gives it out when it is healthy. It ends when this process exits. Started
 * again with the same `dbFilename` and `ports` it goes on where it was, also after `kill('SIGKILL')`. Throws a SetupError
 * with the last words of a server that does not come up.
 *
 * @param {DevServerOptions} options
 * @returns {Promise<DevServer>}
 */
export async function startDevServer(options) {
  // Another program may take a port that was free, before the server does.
  for (let attempt = 1; options.ports === undefined && attempt < mostAttempts; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (!String(error).includes('address already in use')) throw error;
    }
  }
  return startOnce(options);
}

/**
 * @param {DevServerOptions} options
 * @returns {Promise<DevServer>}
 */
async function startOnce(options) {
  const { cliPath, ui, namespace = 'default', onHealthy } = options;
  const ports = await takePorts(options.ports);
  const address = `${host}:${ports.grpc}`;
  const server = launch(cliPath, serverArguments(options, namespace, ports));
  try {
    await untilHealthy(cliPath, address, server);
    await onHealthy?.(address);
  } catch (error) {
    await stop(server);
    throw error;
  }
  return {
    address,
    uiUrl: ui ? `http://${host}:${ports.ui}` : null,
    namespace,
    pid: server.pid,
    ports,
    kill: (signal) => kill(server, signal),
    stop: () => stop(server),
  };
}

/**
 * @param {DevServerOptions} options
 * @param {string} namespace
 * @param {DevServerPorts} ports
 */
function serverArguments({ ui, dbFilename }, namespace, ports) {
  const numbered = [
    ['--port', ports.grpc],
    ['--http-port', ports.http],
    ['--metrics-port', ports.metrics],
    ...(ui ? [['--ui-port', ports.ui]] : []),
  ];
  return [
    ...['server', 'start-dev', ...ownConfiguration, '--ip', host, '--namespace', namespace, '--log-level', 'error'],
    ...numbered.flatMap((flag) => flag.map(String)),
    ...(ui ? ['--ui-disable-news-fetch'] : ['--headless']),
    ...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    // The defaults wait for the disk at every write, which halves the throughput of workflows.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...(dbFilename === undefined ? [] : ['--db-filename', dbFilename]),
  ];
}

/**
 * @typedef {object} ServerProcess
 * @property {number} pid
 * @property {() => boolean} hasEnded
 * @property {Promise<void>} ended never rejects
 * @property {() => string} lastWords
 */

/**
 * @param {string} cliPath
 * @param {readonly string[]} args
 * @returns {ServerProcess}
 */
function launch(cliPath, args) {
  // In a session of its own, which a Ctrl-C does not reach: whoever started it ends it after those who still need it.
  const child = spawn(cliPath, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const keep = (/** @type {unknown} */ text) => (log = `${log}${String(text)}`.slice(-keptLogLength));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const killNow = () => child.kill('SIGKILL');
  process.once('exit', killNow);
  const ended = once(child, 'close').then(
    () => undefined,
    (/** @type {unknown} */ error) => void keep(error),
  );
  return {
    pid: child.pid ?? 0,
    hasEnded: () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null,
    ended: ended.finally(() => process.off('exit', killNow)),
    lastWords: () => log.trim(),
  };
}

/**
 * @param {string} cliPath
 * @param {string} address
 * @param {ServerProcess} server
 */
async function untilHealthy(cliPath, address, server) {
  const deadline = AbortSignal.timeout(healthyWithinMs);
  while (!server.hasEnded() && !deadline.aborted) {
    if (await isHealthy(cliPath, address, deadline)) return;
    await pause(healthPauseMs);
  }
  if (server.hasEnded()) await server.ended;
  const why = server.hasEnded() ? 'ended at once' : `is not healthy after ${healthyWithinMs / 1000} s`;
  throw new SetupError(`The Temporal dev server (${cliPath}) ${why}. Its last words:\n${server.lastWords()}`);
}

/**
 * @param {string} cliPath
 * @param {string} address
 * @param {AbortSignal} signal
 */
async function isHealthy(cliPath, address, signal) {
  const check = ['operator', 'cluster', 'health', ...ownConfiguration, '--address', address];
  const { exitCode } = await runCommand(cliPath, check, { signal, output: 'kept' });
  return exitCode === 0;
}

/**
 * @param {ServerProcess} server
 * @param {NodeJS.Signals} signal
 */
async function kill(server, signal) {
  if (!server.hasEnded()) process.kill(server.pid, signal);
  await server.ended;
}

/** @param {ServerProcess} server */
async function stop(server) {
  const patience = setTimeout(() => void kill(server, 'SIGKILL'), stoppedWithinMs);
  await kill(server, 'SIGTERM');
  clearTimeout(patience);
}

/**
 * The wanted ports of 127.0.0.1, or any, that are free now. All are held until the last is known, so that they differ.
 * Taken ports are refused: on the port of another server the health check would praise that one.
 *
 * @param {DevServerPorts} [wanted]
 * @returns {Promise<DevServerPorts>}
 */
async function takePorts(wanted) {
  /** @type {import('node:net').Server[]} */
  const holders = [];
  const hold = async (wantedPort = 0) => {
    const holder = createServer().listen(wantedPort, host);
    await once(holder, 'listening');
    holders.push(holder);
    return portOf(holder);
  };
  try {
    return {
      grpc: await hold(wanted?.grpc),
      ui: await hold(wanted?.ui),
      http: await hold(wanted?.http),
      metrics: await hold(wanted?.metrics),
    };
  } finally {
    await Promise.all(holders.map((holder) => once(holder.close(), 'close')));
  }
}

/** @param {import('node:net').Server} listener */
function portOf(listener) {
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP listener has a port.');
  return address.port;
}
