import { setCurrentDetails } from '@temporalio/workflow';
import { escaped } from './escaped.ts';
import type { RolloutStatus } from '../contracts/rollout.ts';

/** What a page in the Temporal UI shows of a rollout, or of one of its batches. */
type Shown = Pick<RolloutStatus, 'state' | 'counts' | 'failures' | 'awaits'>;

/** Shows where a rollout or a batch stands on its page in the Temporal UI, as markdown. */
export function showDetails({ state, counts, failures, awaits }: Shown): void {
  const { total, ...states } = counts;
  const shown = Object.entries<number>(states).filter(([, count]) => count > 0);
  const lines = [
    `**${state}**: ${shown.map(([name, count]) => `${count} ${name}`).join(', ')}, of ${total} images`,
    ...(awaits === null ? [] : ['', escaped(awaits.text)]),
    ...(failures.length === 0 ? [] : ['', 'Did not succeed (the report has all):', '']),
    ...failures.map(({ imageArn, code, detail }) => `- \`${code}\` ${escaped(imageArn)}: ${escaped(detail)}`),
  ];
  setCurrentDetails(lines.join('\n'));
}
