import type { PlanDocument } from '../../contracts/plan-document.ts';
import { paceText } from './pace.ts';
import type { PlanGroup } from './plan.ts';
import { callsText, groupsOf, namedImages, planCountsText } from './plan.ts';
import { oneLine } from './text.ts';

/** A plan as a comment of a pull request: the numbers, and what would happen to which images behind a fold. */
export function renderPlanMarkdown(plan: PlanDocument): readonly string[] {
  const { rolloutName, warnings, waves, effective, planSha256 } = plan;
  return [
    `### policy-rollout plan: ${escaped(rolloutName)}`,
    '',
    `**${escaped(planCountsText(plan))}**`,
    ...(warnings.length === 0 ? [] : ['', ...warnings.map((warning) => `- :warning: ${escaped(warning)}`)]),
    ...groupsOf(plan).flatMap(groupLines),
    ...(effective.toChange === 0
      ? []
      : [
          '',
          '| wave | images |',
          '| --- | --- |',
          ...waves.map(({ name, images }) => `| ${escaped(name)} | ${images.length} |`),
          '',
          `${escaped(paceText(effective))}. ${escaped(callsText(plan))}.`,
        ]),
    '',
    `<sub>plan ${planSha256}</sub>`,
  ];
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

/** Text that came from people or AWS is shown as it is, and makes neither markup nor mentions. */
function escaped(text: string): string {
  return oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|#~]/g, (character) => `\\${character}`)
    .replaceAll('@', '@\u200b');
}
