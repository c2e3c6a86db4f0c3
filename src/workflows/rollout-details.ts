import { setCurrentDetails } from '@temporalio/workflow';
import type { RolloutStatus } from '../contracts/rollout.ts';

/** Shows where a rollout stands on its page in the Temporal UI, as markdown. */
export function showDetails({ state, counts, failures, awaits }: RolloutStatus): void {
  const shown = Object.entries<number>({ ...counts }).filter(([, count]) => count > 0);
  const lines = [
    `**${state}**`,
    '',
    `| ${shown.map(([name]) => name).join(' | ')} |`,
    `|${' --- |'.repeat(shown.length)}`,
    `| ${shown.map(([, count]) => count).join(' | ')} |`,
    '',
    ...(awaits === null ? [] : [escaped(awaits.text), '']),
    ...failures.map(({ imageArn, code, detail }) => `- \`${code}\` ${escaped(imageArn)}: ${escaped(detail)}`),
  ];
  setCurrentDetails(lines.join('\n'));
}

// Texts of people and of AWS are data: nothing in them may become a link, a tag or a column.
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>|#!~]/g, '\\$&').replace(/\s+/g, ' ');
}
