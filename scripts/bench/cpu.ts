import { readFile } from 'node:fs/promises';
import type { Figure } from './figure.ts';
import { rounded } from './figure.ts';
import type { Workshop } from './workshop.ts';
import { newImages, rollOut } from './workshop.ts';

// Linux counts processor time in hundredths of a second.
const msPerTick = 10;

/** Processor time for each image of a rollout: unlike a rate, it hardly depends on what else the machine does. */
export async function measureCpu(workshop: Workshop, workerPid: number, count: number): Promise<readonly Figure[]> {
  const pids = [workshop.server.pid, workerPid, process.pid];
  const before = await Promise.all(pids.map(cpuMsOf));
  await rollOut(workshop, 'cpu', newImages(workshop, 'cpu', count));
  const after = await Promise.all(pids.map(cpuMsOf));
  const [server, worker, bench] = after.map((ms, index) => rounded((ms - (before[index] ?? 0)) / count));
  const what = 'processor time for each image, ms: server + worker + simulator and client';
  return [{ what, value: `${server} + ${worker} + ${bench}` }];
}

async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program may have blanks in it; user and system time are the 12th and 13th field behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}
