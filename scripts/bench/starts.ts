import { execFileSync, spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../setup/prepare.mjs';
import type { Figure } from './figure.ts';
import { median, rounded } from './figure.ts';
import type { Workshop } from './workshop.ts';

/** How long `policy-rollout --help` takes, against Node itself, turn by turn. */
export function measureHelp(rounds: number): readonly Figure[] {
  const cli = join(projectRoot, 'dist', 'cli', 'main.js');
  const pairs = Array.from({ length: rounds }, () => ({ node: timeOf(['-e', '0']), help: timeOf([cli, '--help']) }));
  return [
    { what: 'node -e 0, ms', value: rounded(median(pairs.map(({ node }) => node))) },
    { what: 'policy-rollout --help, ms', value: rounded(median(pairs.map(({ help }) => help))) },
    {
      what: `help ÷ node, median of ${rounds} pairs`,
      value: rounded(median(pairs.map(({ help, node }) => help / node))),
    },
  ];
}

function timeOf(args: readonly string[]): number {
  const begin = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  return performance.now() - begin;
}

/** How long a worker takes from its start until it polls. */
export async function measureWorkerStart({ startWorker }: Workshop, rounds: number): Promise<readonly Figure[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begin = performance.now();
    const worker = await startWorker();
    times.push(performance.now() - begin);
    await worker.end('SIGTERM');
  }
  return [{ what: `worker, from start to polling, ms, median of ${rounds}`, value: rounded(median(times)) }];
}

/** What an installation without development dependencies takes on disk. */
export async function measureInstall(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'policy-rollout-install-'));
  try {
    for (const file of ['package.json', 'package-lock.json']) await cp(join(projectRoot, file), join(folder, file));
    await cp(join(projectRoot, 'dist'), join(folder, 'dist'), { recursive: true });
    execFileSync('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore' });
    return [
      {
        what: 'dependencies installed without development ones, MiB',
        value: rounded(sizeMiB(join(folder, 'node_modules'))),
      },
      { what: 'dist, MiB', value: rounded(sizeMiB(join(folder, 'dist'))) },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sizeMiB(folder: string): number {
  return Number.parseInt(execFileSync('du', ['-sk', folder], { encoding: 'utf8' })) / 1024;
}
