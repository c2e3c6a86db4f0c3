import { cpus } from 'node:os';
import { format, resolveConfig } from 'prettier';
import type { Figure } from './figure.ts';

/** The page of docs that holds the figures of one run. */
export async function performancePage(command: string, figures: readonly Figure[], path: string): Promise<string> {
  const [processor] = cpus();
  const lines = [
    '# Performance',
    '',
    `Printed by \`${command}\` on ${cpus().length} cores (${processor?.model.trim() ?? 'unknown'}), Node ${process.versions.node}; written by it, not by hand.`,
    'Server, simulator, worker and bench share those cores, so rates are those of the whole, and ratios tell more than they do.',
    '',
    '| what | figure |',
    '| --- | ---: |',
    ...figures.map(({ what, value }) => `| ${what} | ${value} |`),
    '',
    'How each is measured stands in `scripts/bench/`. What is compared is measured in turns within one run. Where nothing else is',
    'said, the simulator has no lag, and the images belong to one account and Region and go 50 at a time. `rollout ÷ bare` sets',
    'rollouts against workflows that are started directly on the same server and run four activities that do nothing: the rest',
    'is looking before writing, batches, and the calls to AWS.',
    '',
  ];
  const options = (await resolveConfig(path)) ?? {};
  return format(lines.join('\n'), { ...options, parser: 'markdown' });
}
