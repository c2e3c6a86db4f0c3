import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

it('shows what became of each image, on a shell that is set up for another cluster and account', async () => {
  const demo = startDemo({
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    TEMPORAL_NAMESPACE: 'production',
    AWS_PROFILE: 'production',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    POLICY_ROLLOUT_TASK_QUEUE: 'production',
  });

  const { exitCode, stdout, stderr } = await demo.ended;

  expect(stderr).not.toContain('error');
  expect(stdout).toMatch(/^111111111111 us-east-1 web\/1\.0\.0\/1 +SUCCEEDED +nothing special/m);
  expect(stdout).toMatch(
    /web\/1\.1\.0\/1 +SUCCEEDED.*\n +calls: put → 429 CallRateLimitExceeded ×3, put, promote, tag$/m,
  );
  expect(stdout).toMatch(/api\/2\.3\.0\/4 +UNCHANGED +in sync already/);
  expect(stdout).toMatch(/jupyter\/4\.0\.0\/1 +COMPENSATED .*nobody\n.*\n +why: +promotion-refused: /);
  expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/rollout%2Fdemo\//);
  expect(stdout).toContain('Checked with the simulator: exactly this has happened');
  expect(exitCode).toBe(0);
});

it('leaves no program behind when it is interrupted in the middle of the rollout', async () => {
  const demo = startDemo();
  await demo.saying('demo: RUNNING');
  const children = await childrenOf(demo.pid);

  process.kill(demo.pid, 'SIGINT');
  const { exitCode } = await demo.ended;

  // The server, the simulator, the worker and the command line.
  expect(children).toHaveLength(4);
  expect(children.filter(isAlive)).toEqual([]);
  expect(exitCode).toBe(130);
});

function startDemo(shell: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['scripts/demo.mjs'], {
    env: { ...process.env, ...shell },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Interrupted, not killed: so it can end what it has started.
  onTestFinished(() => void child.kill('SIGINT'));
  const { pid } = child;
  if (pid === undefined) throw new Error('The demo cannot be started.');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(() => ({ exitCode: child.exitCode, stdout, stderr }));
  const saying = async (words: string): Promise<void> => {
    while (!stderr.includes(words)) {
      if (child.exitCode !== null) throw new Error(`The demo has ended without saying "${words}":\n${stderr}`);
      await Promise.race([once(child.stderr, 'data'), ended]);
    }
  };
  return { pid, ended, saying };
}

/** Linux tells the children of a process without a program that an image may lack; elsewhere there is pgrep. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const pids =
    process.platform === 'linux'
      ? await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
      : (await promisify(execFile)('pgrep', ['-P', String(pid)])).stdout;
  return pids.trim().split(/\s+/).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
