import { readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../setup/prepare.mjs';
import { note, runScript } from '../setup/script.mjs';
import { measureCpu } from './cpu.ts';
import type { Figure } from './figure.ts';
import { rounded } from './figure.ts';
import type { Section } from './page.ts';
import { performancePage } from './page.ts';
import { measureKillStorm } from './kill-storm.ts';
import { measureHeavyTail } from './heavy-tail.ts';
import { measureInSync } from './in-sync.ts';
import { measureMassFailure } from './mass-failure.ts';
import { measureHistory, measurePace, measureThroughput } from './rollouts.ts';
import { measureScale } from './scale.ts';
import { measureHelp, measureInstall, measureWorkerStart } from './starts.ts';
import type { Workshop } from './workshop.ts';
import { openWorkshop } from './workshop.ts';

/** How much of each is measured. */
const sizes = {
  full: {
    images: 1_000,
    pairs: 3,
    starts: 15,
    workerStarts: 5,
    scale: [1_000, 10_000],
    puts: [300, 600],
    tail: 1_000,
    failing: 500,
    inSync: 10_000,
    stormy: 1_000,
  },
  quick: {
    images: 40,
    pairs: 1,
    starts: 5,
    workerStarts: 2,
    scale: [40],
    puts: [60, 200],
    tail: 100,
    failing: 50,
    inSync: 200,
    stormy: 20,
  },
} as const;

type Sizes = (typeof sizes)[keyof typeof sizes];

/** What is measured with a fresh worker each, by the name that `--only` takes. */
const scenarios = {
  throughput: async (workshop: Workshop, pid: number, { images, pairs }: Sizes) => [
    ...(await measureHistory(workshop)),
    ...(await measureThroughput(workshop, images, pairs)),
    ...(await measureCpu(workshop, pid, images)),
  ],
  pace: async (workshop: Workshop, _: number, { puts: [slow, fast] }: Sizes) => [
    ...(await measurePace(workshop, 10, slow)),
    ...(await measurePace(workshop, 10, slow, 0.2)),
    ...(await measurePace(workshop, 50, fast)),
  ],
  tail: (workshop: Workshop, _: number, { tail }: Sizes) => measureHeavyTail(workshop, tail),
  failure: (workshop: Workshop, _: number, { failing }: Sizes) => measureMassFailure(workshop, failing),
  scale: (workshop: Workshop, pid: number, { scale }: Sizes) => measureScale(workshop, pid, scale),
  'in-sync': measureInSync,
} as const;

await runScript(async () => {
  const options = {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
  } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const size = values.quick ? sizes.quick : sizes.full;
  const sections = await measureAll(positionals[0] ?? '', size, values.only ?? null);
  if (!values.write) return 0;
  const path = join(projectRoot, 'docs', 'performance.md');
  const before = await readFile(path, 'utf8');
  await writeFile(path, await performancePage(before, sections, values.quick ? '--quick ' : '', path));
  note('Written: docs/performance.md');
  return 0;
});

async function measureAll(cliPath: string, size: Sizes, only: readonly string[] | null): Promise<readonly Section[]> {
  const sections: Section[] = [];
  const add = async (name: string, measure: () => Promise<readonly Figure[]>): Promise<void> => {
    if (only !== null && !only.includes(name)) return;
    const [load = 0] = loadavg();
    const before = { what: 'load average before the run: above 1, others have slowed it', value: rounded(load) };
    const figures = [before, ...(await measure())];
    for (const { what, value } of figures) process.stdout.write(`${what}: ${value}\n`);
    sections.push({ name, figures });
  };
  for (const [name, measure] of Object.entries(scenarios)) {
    await add(name, () => withWorker(cliPath, (workshop, pid) => measure(workshop, pid, size)));
  }
  await add('storm', () => measureKillStorm(cliPath, size.stormy));
  await add('starts', async () => [...(await measureStarts(cliPath, size)), ...(await measureInstall())]);
  return sections;
}

/** A server, a world and a worker for each scenario: what earlier rollouts left behind is not its own. */
async function withWorker<Result>(
  cliPath: string,
  use: (workshop: Workshop, workerPid: number) => Promise<Result>,
): Promise<Result> {
  const workshop = await openWorkshop(cliPath);
  try {
    const worker = await workshop.startWorker();
    try {
      return await use(workshop, worker.pid);
    } finally {
      await worker.end('SIGTERM');
    }
  } finally {
    await workshop.close();
  }
}

async function measureStarts(cliPath: string, { starts, workerStarts }: Sizes): Promise<readonly Figure[]> {
  const workshop = await openWorkshop(cliPath);
  try {
    return [...measureHelp(starts), ...(await measureWorkerStart(workshop, workerStarts))];
  } finally {
    await workshop.close();
  }
}
