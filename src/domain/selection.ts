import type { ImageArn } from './arn.ts';
import { imageArnParts } from './arn.ts';
import { matchesGlob } from './glob.ts';

/** What a selection says of versions: `latest`, `all`, or a version in which `x` stands for any number. */
export const versionPattern = /^(?:latest|all|x\.x\.x|\d{1,9}\.x\.x|\d{1,9}\.\d{1,9}\.x|\d{1,9}\.\d{1,9}\.\d{1,9})$/;

/** Which builds are selected. */
export interface BuildFilter {
  /** Pattern of image names. */
  readonly name: string;
  /** See {@link versionPattern}. As in Image Builder, `1.x.x` is the highest version that begins so. */
  readonly version: string;
  readonly build: 'latest' | 'all';
  readonly minAgeMs: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** A build as a list of AWS shows it. */
export interface ListedBuild {
  readonly image: ImageArn;
  /** In Image Builder's own words. */
  readonly status: string;
  /** Null where AWS did not say. */
  readonly createdAtMs: number | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** Which images a rollout is about. */
export interface ChosenImages {
  /** Each once, in their order. */
  readonly images: readonly ImageArn[];
  /** Null where none was named or found again. */
  readonly repeats: Repeats | null;
}

/** Images that were taken once although they were named or found again. */
export interface Repeats {
  readonly count: number;
  /** Of so many images, those that were left out not counted. */
  readonly of: number;
  readonly first: string;
}

/** The accounts and Regions in which selections look, in their order: one search each. */
export function placesOf<Place extends { readonly regions: readonly string[] }>(
  selections: readonly Place[],
): readonly { readonly selection: Place; readonly region: string }[] {
  return selections.flatMap((selection) => selection.regions.map((region) => ({ selection, region })));
}

/** The images that are named, then those that were found and are not left out, each once. */
export function chosenImages(
  named: readonly ImageArn[],
  found: readonly ImageArn[],
  exclude: readonly string[],
): ChosenImages {
  const all = [...named, ...found.filter((image) => !exclude.some((pattern) => matchesGlob(pattern, image)))];
  const images = new Set<ImageArn>();
  const repeated = all.filter((image) => images.has(image) || !images.add(image));
  const [first] = repeated;
  return {
    images: [...images],
    repeats: first === undefined ? null : { count: repeated.length, of: all.length, first },
  };
}

/** `2 of 9 images are named or found again, the first is …`. */
export function repeatsText({ count, of, first }: Repeats): string {
  return `${count} of ${of} images are named or found again, the first is ${first}; each is taken once`;
}

/** Whether builds of an image of this name may be selected. */
export function isNameSelected({ name: pattern }: Pick<BuildFilter, 'name'>, name: string): boolean {
  return matchesGlob(pattern, name);
}

/** The versions of one name whose builds have to be looked at, the highest first. */
export function versionsToList(
  { version: wanted }: Pick<BuildFilter, 'version'>,
  versions: readonly string[],
): readonly string[] {
  return versions.filter((version) => fits(wanted, version)).toSorted((left, right) => compareVersions(right, left));
}

/** Whether the first version that has a selected build ends the search. */
export function isOneVersion({ version }: Pick<BuildFilter, 'version'>): boolean {
  return version !== 'all';
}

/** The selected builds of one version. A build whose age is not known is as young as can be. */
export function selectedBuilds(
  { build: wanted, minAgeMs, tags: wantedTags }: BuildFilter,
  builds: readonly ListedBuild[],
  nowMs: number,
): readonly ImageArn[] {
  const passing = builds
    .filter(({ status }) => status === 'AVAILABLE')
    .filter(({ createdAtMs }) => minAgeMs === 0 || (createdAtMs !== null && nowMs - createdAtMs >= minAgeMs))
    .filter(({ tags }) => hasTags(tags, wantedTags))
    .map(({ image }) => image);
  const highest = passing.reduce<ImageArn | null>(
    (best, image) => (best === null || buildOf(image) > buildOf(best) ? image : best),
    null,
  );
  if (wanted === 'all' || highest === null) return passing;
  return [highest];
}

/** The first of the wanted tags that is missing, or has another value, as `key=value`; null where none is. */
export function missingTag(
  tags: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): string | null {
  const missing = Object.entries(wanted).find(([key, value]) => !Object.hasOwn(tags, key) || tags[key] !== value);
  return missing === undefined ? null : missing.join('=');
}

function hasTags(tags: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return missingTag(tags, wanted) === null;
}

function fits(wanted: string, version: string): boolean {
  if (wanted === 'latest' || wanted === 'all') return true;
  const numbers = version.split('.');
  return wanted.split('.').every((part, index) => part === 'x' || Number(part) === Number(numbers[index]));
}

function compareVersions(left: string, right: string): number {
  const numbers = right.split('.').map(Number);
  const differences = left.split('.').map((part, index) => Number(part) - (numbers[index] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

function buildOf(image: ImageArn): number {
  return Number(imageArnParts(image).build);
}
