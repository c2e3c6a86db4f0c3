import type { ReportedImage } from '../../contracts/report.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { ImageState } from '../../domain/image-state.ts';

/** A list of images that is longer than this is not written out. */
export const longestList = 20;
/** Images of a group that are named. */
export const examplesOfGroup = 3;

// There is nothing to explain about them.
const calmStates: ReadonlySet<ImageState> = new Set(['PENDING', 'RUNNING', 'SUCCEEDED', 'UNCHANGED']);

// What became of an image because of others; those others are named first.
const consequences: ReadonlySet<ErrorCode> = new Set([
  'images-blocked',
  'tolerance-exceeded',
  'rollout-rejected',
  'rollout-terminated',
  'cancelled',
]);

/** Images that ended alike. */
export interface Trouble {
  readonly first: ReportedImage;
  readonly images: readonly ReportedImage[];
}

/**
 * The images that did not succeed: causes before what became of others because of them. Few causes stand each for
 * itself; many, and all consequences, are grouped by state and code, the largest group first.
 */
export function troublesOf(images: readonly ReportedImage[]): readonly Trouble[] {
  const troubled = images.filter(({ state }) => !calmStates.has(state));
  const causes = troubled.filter(({ error }) => error === undefined || !consequences.has(error.code));
  const rest = troubled.filter((image) => image.error !== undefined && consequences.has(image.error.code));
  return [
    ...(causes.length > longestList ? grouped(causes) : causes.map((first) => ({ first, images: [first] }))),
    ...grouped(rest),
  ];
}

function grouped(images: readonly ReportedImage[]): readonly Trouble[] {
  const groups = new Map<string, { readonly first: ReportedImage; readonly images: ReportedImage[] }>();
  for (const image of images) {
    const key = `${image.state} ${image.error?.code ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: image, images: [image] });
    else group.images.push(image);
  }
  return [...groups.values()].sort((left, right) => right.images.length - left.images.length);
}
