import { cpus } from 'node:os';
import { format, resolveConfig } from 'prettier';
import type { Figure } from './figure.ts';

/** What one scenario has measured. */
export interface Section {
  /** As `--only` takes it. */
  readonly name: string;
  readonly figures: readonly Figure[];
}

const heading = '## ';

/** The page of docs with the figures of a run; what it has not measured stays as the page before had it. */
export async function performancePage(
  before: string,
  measured: readonly Section[],
  options: string,
  path: string,
): Promise<string> {
  const kept = sectionsIn(before);
  for (const { name, figures } of measured)
    kept.set(name, sectionText(figures, `npm run bench -- ${options}--only ${name}`));
  const lines = [
    '# Performance',
    '',
    'Written by `npm run bench -- --write`, not by hand: a section by each scenario, when it was last run. Server, simulator,',
    'worker and bench share the cores, so rates are those of the whole, and ratios tell more than they do.',
    '',
    'How each is measured stands in `scripts/bench/`. What is compared is measured in turns within one run. Where nothing else is',
    'said, the simulator has no lag, and the images belong to one account and Region and go 50 at a time. `rollout ÷ bare` sets',
    'rollouts against workflows that are started directly on the same server and run four activities that do nothing: the rest',
    'is looking before writing, batches, and the calls to AWS.',
    '',
    ...[...kept].flatMap(([name, text]) => [`${heading}${name}`, '', text, '']),
  ];
  return format(lines.join('\n'), { ...(await resolveConfig(path)), parser: 'markdown' });
}

function sectionText(figures: readonly Figure[], command: string): string {
  const [processor] = cpus();
  return [
    `Printed by \`${command}\` on ${cpus().length} cores (${processor?.model.trim() ?? 'unknown'}), Node ${process.versions.node}.`,
    '',
    '| what | figure |',
    '| --- | ---: |',
    ...figures.map(({ what, value }) => `| ${what} | ${value} |`),
  ].join('\n');
}

/** The sections of a page, by their headings. */
function sectionsIn(page: string): Map<string, string> {
  const [, ...parts] = page.split(`\n${heading}`);
  return new Map(
    parts.map((part) => {
      const [name = '', ...lines] = part.split('\n');
      return [name.trim(), lines.join('\n').trim()];
    }),
  );
}
