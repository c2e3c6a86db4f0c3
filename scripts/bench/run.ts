import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../setup/prepare.mjs';
import { note, runScript } from '../setup/script.mjs';
import { measureCpu } from './cpu.ts';
import type { Figure } from './figure.ts';
import { rounded } from './figure.ts';
import { performancePage } from './page.ts';
import { measureHistory, measureMemory, measurePace, measureThroughput } from './rollouts.ts';
import { measureHelp, measureInstall, measureWorkerStart } from './starts.ts';
import { openWorkshop } from './workshop.ts';

/** How much of each is measured. */
const sizes = {
  full: { images: 200, pairs: 3, starts: 15, workerStarts: 5, memory: [200, 1_000], puts: [300, 600] },
  quick: { images: 40, pairs: 1, starts: 5, workerStarts: 2, memory: [40], puts: [60, 200] },
} as const;

await runScript(async () => {
  const options = { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const figures = await measureAll(positionals[0] ?? '', values.quick ? sizes.quick : sizes.full, !values.quick);
  if (!values.write) return 0;
  const path = join(projectRoot, 'docs', 'performance.md');
  await writeFile(path, await performancePage(`npm run bench${values.quick ? ' -- --quick' : ''}`, figures, path));
  note('Written: docs/performance.md');
  return 0;
});

async function measureAll(
  cliPath: string,
  size: (typeof sizes)[keyof typeof sizes],
  isInstalling: boolean,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const add = (measured: readonly Figure[]): void => {
    for (const { what, value } of measured) process.stdout.write(`${what}: ${value}\n`);
    figures.push(...measured);
  };
  const [load = 0] = loadavg();
  add([{ what: 'load average before the run: above 1, others have slowed it', value: rounded(load) }]);
  add(measureHelp(size.starts));
  const workshop = await openWorkshop(cliPath);
  try {
    add(await measureWorkerStart(workshop, size.workerStarts));
    const worker = await workshop.startWorker();
    add(await measureHistory(workshop));
    add(await measureThroughput(workshop, size.images, size.pairs));
    add(await measureCpu(workshop, worker.pid, size.images));
    add(await measurePace(workshop, 10, size.puts[0]));
    add(await measurePace(workshop, 50, size.puts[1]));
    // A fresh one: what earlier rollouts left behind is not its memory.
    await worker.end('SIGTERM');
    const fresh = await workshop.startWorker();
    add(await measureMemory(workshop, fresh.pid, size.memory));
    await fresh.end('SIGTERM');
  } finally {
    await workshop.close();
  }
  if (isInstalling) add(await measureInstall());
  return figures;
}
