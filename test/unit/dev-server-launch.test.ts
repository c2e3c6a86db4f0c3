import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startDevServer } from '../../scripts/temporal/dev-server.mjs';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dev-server-'));
});

afterEach(() => rm(folder, { recursive: true }));

it('listens on 127.0.0.1 alone, on ports that differ', async () => {
  const server = await startDevServer({ cliPath: await aCli(), ui: false });
  await server.stop();

  const args = await startArguments();
  expect(args).toContain('--ip 127.0.0.1');
  expect(args).toContain(`--port ${server.ports.grpc} --http-port ${server.ports.http}`);
  expect(server.address).toBe(`127.0.0.1:${server.ports.grpc}`);
  expect(new Set(Object.values(server.ports)).size).toBe(4);
});

it('serves the web UI only when asked to', async () => {
  const headless = await startDevServer({ cliPath: await aCli(), ui: false });
  await headless.stop();
  const headlessArgs = await startArguments();
  const withUi = await startDevServer({ cliPath: await aCli(), ui: true });
  await withUi.stop();

  expect(headless.uiUrl).toBeNull();
  expect(headlessArgs).toContain('--headless');
  expect(withUi.uiUrl).toBe(`http://127.0.0.1:${withUi.ports.ui}`);
  await expect(startArguments()).resolves.not.toContain('--headless');
});

it('keeps its state in the given file, without waiting for the disk at every write', async () => {
  const server = await startDevServer({ cliPath: await aCli(), ui: false, dbFilename: '/data/state.db' });
  await server.stop();

  const args = await startArguments();
  expect(args).toContain('--db-filename /data/state.db');
  expect(args).toContain('--sqlite-pragma journal_mode=WAL --sqlite-pragma synchronous=NORMAL');
});

it('is handed out only after it is healthy and the given preparation has ended', async () => {
  const addresses: string[] = [];
  const onHealthy = (address: string) => Promise.resolve(void addresses.push(address));

  const server = await startDevServer({ cliPath: await aCli({ unhealthyChecks: 2 }), ui: false, onHealthy });
  await server.stop();

  expect(addresses).toEqual([server.address]);
  await expect(readFile(join(folder, 'checks'), 'utf8')).resolves.toBe('xxx');
});

it('ends the server when the preparation fails', async () => {
  const onHealthy = () => Promise.reject(new Error('no attributes'));

  const start = startDevServer({ cliPath: await aCli(), ui: false, onHealthy });

  await expect(start).rejects.toThrow('no attributes');
  await expect(isRunning()).resolves.toBe(false);
});

it('says the last words of a server that does not come up', async () => {
  const cliPath = await aScript('echo "database is locked" >&2; exit 1');

  const start = startDevServer({ cliPath, ui: false });

  await expect(start).rejects.toThrow(/ended at once.*database is locked/s);
});

it('says when the CLI cannot be started at all', async () => {
  const start = startDevServer({ cliPath: join(folder, 'nothing'), ui: false });

  await expect(start).rejects.toThrow(/ended at once.*ENOENT/s);
});

it('tries other ports where a program has taken one before the server could', async () => {
  const cliPath = await aScript(`
    case "$1" in
      server) echo x >> "${folder}/starts"; echo $$ > "${folder}/pid"
        test "$(wc -l < "${folder}/starts")" -gt 1 || { echo "bind: address already in use" >&2; exit 1; }
        exec sleep 60 ;;
      operator) test "$(wc -l < "${folder}/starts")" -gt 1 ;;
    esac
  `);

  const server = await startDevServer({ cliPath, ui: false });
  await server.stop();

  await expect(readFile(join(folder, 'starts'), 'utf8')).resolves.toBe('x\nx\n');
});

it('refuses a port that another program holds', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const start = startDevServer({ cliPath: await aCli(), ui: false, ports: { grpc: port, ui: 0, http: 0, metrics: 0 } });

  await expect(start).rejects.toThrow(/EADDRINUSE/);
  other.close();
});

it('has ended when kill and stop return, however often they are called', async () => {
  const server = await startDevServer({ cliPath: await aCli(), ui: false });

  await server.kill('SIGKILL');
  await server.stop();
  await server.stop();

  await expect(isRunning()).resolves.toBe(false);
});

/** A stand-in for the CLI: writes down how it was started, and is healthy after some checks. */
function aCli({ unhealthyChecks = 0 } = {}): Promise<string> {
  return aScript(`
    case "$1" in
      server) echo "$@" > "${folder}/arguments"; echo $$ > "${folder}/pid"; exec sleep 60 ;;
      operator) printf x >> "${folder}/checks"; test -f "${folder}/pid" && test "$(wc -c < "${folder}/checks")" -gt ${unhealthyChecks} ;;
    esac
  `);
}

async function aScript(body: string): Promise<string> {
  const path = join(folder, 'temporal');
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

function startArguments(): Promise<string> {
  return readFile(join(folder, 'arguments'), 'utf8');
}

async function isRunning(): Promise<boolean> {
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
