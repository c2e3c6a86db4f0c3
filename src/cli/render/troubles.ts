import type { ReportedImage } from '../../contracts/report.ts';
import { isConsequence } from '../../domain/consequence.ts';
import type { ImageState } from '../../domain/image-state.ts';

/** A list of images that is longer than this is not written out. */
export const longestList = 20;
/** Images of a group that are named. */
export const examplesOfGroup = 3;

// There is nothing to explain about them.
const calmStates: ReadonlySet<ImageState> = new Set(['PENDING', 'RUNNING', 'SUCCEEDED', 'UNCHANGED']);

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
  const { causes, rest } = troubledOf(images);
  return [
    ...(causes.length > longestList ? grouped(causes) : causes.map((first) => ({ first, images: [first] }))),
    ...grouped(rest),
  ];
}

/** The same images, each once: causes, what became of others because of them, and last those with which all is well. */
export function failuresFirst(images: readonly ReportedImage[]): readonly ReportedImage[] {
  const { causes, rest } = troubledOf(images);
  return [...causes, ...rest, ...images.filter(({ state }) => calmStates.has(state))];
}

function troubledOf(images: readonly ReportedImage[]) {
  const troubled = images.filter(({ state }) => !calmStates.has(state));
  const isOfOthers = ({ error }: ReportedImage): boolean => error !== undefined && isConsequence(error.code);
  return {
    causes: troubled.filter((image) => !isOfOthers(image)),
    rest: troubled.filter(isOfOthers),
  };
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
