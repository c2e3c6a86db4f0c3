import type { PlanDocument } from '../../contracts/plan-document.ts';
import { paceText } from './pace.ts';
import type { PlanGroup } from './plan.ts';
import { callsText, groupsOf, namedImages, planCountsText } from './plan.ts';
import { quotaLines } from './quotas.ts';
import { cut, oneLine } from './text.ts';

// GitHub refuses a comment above 65,536 characters; whoever posts it may write something around it.
const mostCharacters = 60_000;
// Together with the ends of the document these leave most of it for what would happen.
const mostPrincipals = 20;
const mostWarnings = 10;
const mostWaves = 20;
const longestLine = 500;

/**
 * A plan as a comment of a pull request: the numbers, and what would happen to which images behind a fold. It fits into a
 * comment, and says what it leaves out and where that is.
 */
export function renderPlanMarkdown(plan: PlanDocument): readonly string[] {
  const head = headLines(plan);
  const tail = tailLines(plan);
  const groups = groupsOf(plan, mostPrincipals);
  const room = mostCharacters - lengthOf([...head, ...tail, leftOut(groups)]);
  const shown: string[] = [];
  let shownCount = 0;
  for (const group of groups) {
    const lines = groupLines(group);
    if (lengthOf([...shown, ...lines]) > room) break;
    shown.push(...lines);
    shownCount += 1;
  }
  const rest = groups.slice(shownCount);
  return [...head, ...shown, ...(rest.length === 0 ? [] : ['', leftOut(rest)]), ...tail];
}

function headLines(plan: PlanDocument): readonly string[] {
  const warnings = plan.warnings.slice(0, mostWarnings);
  const others = plan.warnings.length - warnings.length;
  return [
    `### policy-rollout plan: ${escaped(plan.rolloutName)}`,
    '',
    `**${escaped(planCountsText(plan))}**`,
    ...(warnings.length === 0 ? [] : ['', ...warnings.map((warning) => `- :warning: ${escaped(warning)}`)]),
    ...(others > 0 ? [`- :warning: … and ${others} more`] : []),
  ];
}

function tailLines(plan: PlanDocument): readonly string[] {
  const { waves, effective, planSha256 } = plan;
  const foot = ['', `<sub>plan ${planSha256}; <code>policy-rollout plan --json</code> tells all of it</sub>`];
  if (effective.toChange === 0) return foot;
  const others = waves.length - mostWaves;
  return [
    '',
    '| wave | images |',
    '| --- | --- |',
    ...waves.slice(0, mostWaves).map(({ name, images }) => `| ${escaped(name)} | ${images.length} |`),
    ...(others > 0 ? [`| … and ${others} more | |`] : []),
    '',
    `${escaped(paceText(effective))}. ${escaped(callsText(plan))}.`,
    '',
    ...quotaLines(plan).map((line) => `- ${escaped(line)}`),
    ...foot,
  ];
}

function leftOut(groups: readonly PlanGroup[]): string {
  const images = groups.reduce((sum, group) => sum + group.images.length, 0);
  return `_… and ${images} more images, to which ${groups.length} other things happen._`;
}

function groupLines({ headline, effects, images }: PlanGroup): readonly string[] {
  return [
    '',
    `<details><summary>${escaped(headline)}</summary>`,
    '',
    ...effects.map((effect) => `- ${escaped(effect)}`),
    '',
    ...namedImages(images.map(({ imageArn }) => imageArn)).map((name) => `  - ${escaped(name)}`),
    '',
    '</details>',
  ];
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

/** Text that came from people or AWS is shown as it is, and makes neither markup nor mentions. */
function escaped(text: string): string {
  return cut(oneLine(text), longestLine)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|#~]/g, (character) => `\\${character}`)
    .replaceAll('@', '@\u200b');
}
