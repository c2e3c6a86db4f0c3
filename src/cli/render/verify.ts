import type { VerifiedImage, VerifyDocument } from '../../contracts/plan-document.ts';
import { imageLabel, isImageArn } from '../../domain/arn.ts';
import type { Paint, Style } from './text.ts';
import { oneLine } from './text.ts';

const styles: Readonly<Record<VerifiedImage['verdict'], Style>> = {
  VISIBLE: 'green',
  NOT_VISIBLE: 'red',
  INCONCLUSIVE: 'yellow',
};

/** Who sees the images, for people: the numbers, and each image that somebody does not see, or too many do. */
export function renderVerify({ rolloutName, counts, images }: VerifyDocument, paint: Paint): readonly string[] {
  const { visible, notVisible, inconclusive } = counts;
  const shown = images.filter(({ verdict, excess }) => verdict !== 'VISIBLE' || excess.length > 0);
  return [
    `${paint('bold', oneLine(rolloutName))}: ${visible} visible, ${notVisible} not visible, ${inconclusive} inconclusive`,
    ...shown.flatMap((image) => renderImage(image, paint)),
  ];
}

function renderImage({ imageArn, verdict, visibility, excess, reason }: VerifiedImage, paint: Paint) {
  const unseen = visibility.filter((one) => one.verdict !== 'VISIBLE');
  return [
    `  ${isImageArn(imageArn) ? imageLabel(imageArn) : oneLine(imageArn)}: ${paint(styles[verdict], verdict)}`,
    ...(reason === undefined ? [] : [`    ${reason.code}: ${oneLine(reason.detail)}`]),
    ...unseen.map(({ principal, verdict: own, expiresAt }) => {
      const until = expiresAt === undefined ? '' : ` until ${expiresAt}`;
      return `    ${oneLine(principal)}: ${own}${until}`;
    }),
    ...(excess.length === 0 ? [] : [`    has access and is not wanted: ${excess.map(oneLine).join(', ')}`]),
  ];
}
