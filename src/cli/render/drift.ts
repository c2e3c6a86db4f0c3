import type { DriftDocument, DriftedImage } from '../../contracts/plan-document.ts';
import { imageLabel, isImageArn } from '../../domain/arn.ts';
import type { Paint, Style } from './text.ts';
import { oneLine } from './text.ts';

const styles: Readonly<Record<DriftedImage['drift'], Style>> = {
  IN_SYNC: 'green',
  DRIFTED: 'red',
  NEW: 'cyan',
  GONE: 'yellow',
  UNKNOWN: 'yellow',
};

/** What has drifted, for people: the numbers, and each image that is not in sync with what has become of it. */
export function renderDrift({ rolloutName, counts, applied, images }: DriftDocument, paint: Paint): readonly string[] {
  const since = applied === null ? 'never rolled out' : `since ${applied.finishedAt}`;
  const numbers = [
    `${counts.inSync} in sync`,
    `${counts.drifted} drifted`,
    `${counts.new} new`,
    `${counts.gone} gone`,
    ...(counts.unknown === 0 ? [] : [`${counts.unknown} unknown`]),
  ];
  const shown = images.filter(({ drift, detail }) => drift !== 'IN_SYNC' || detail.length > 0);
  return [
    `${paint('bold', oneLine(rolloutName))}, ${since}: ${numbers.join(', ')}`,
    ...shown.flatMap((image) => renderImage(image, paint)),
  ];
}

function renderImage({ imageArn, drift, kinds, detail }: DriftedImage, paint: Paint): readonly string[] {
  const label = isImageArn(imageArn) ? imageLabel(imageArn) : oneLine(imageArn);
  const what = kinds.length === 0 ? '' : ` ${kinds.join(', ')}`;
  return [`  ${label}: ${paint(styles[drift], drift)}${what}`, ...detail.map((line) => `    ${oneLine(line)}`)];
}
