import type { z } from 'zod';
import type { Selection } from '../contracts/rollout.ts';
import type { ImageArn } from '../domain/arn.ts';
import { imageArnParts, isImageArn } from '../domain/arn.ts';
import type { Problem } from '../domain/errors.ts';
import { errorCodes } from '../domain/errors.ts';
import { matchesGlob } from '../domain/glob.ts';
import type { ManifestFile } from './manifest-file.ts';
import { readNamedFile, report } from './manifest-file.ts';
import { partitionOfRegion } from './region-partition.ts';
import type { imagesSchema } from './schema.ts';
import type { selectionSchema } from './selection-schema.ts';

type ImagesSection = z.output<typeof imagesSchema>;

/** Which images a manifest means. */
export interface ManifestImages {
  /** Those that it names, each once, in its order. */
  readonly named: readonly ImageArn[];
  /** Those that are looked for when the rollout starts. */
  readonly selections: readonly Selection[];
}

/** The images that a manifest means; what is wrong or doubtful is added to its problems. */
export async function manifestImages(
  manifest: ManifestFile,
  { include, exclude }: ImagesSection,
): Promise<ManifestImages> {
  const named: ImageArn[] = [];
  const selections: Selection[] = [];
  for (const [index, entry] of include.entries()) {
    const path = ['images', 'include', index];
    if (typeof entry === 'string') named.push(...imageOfText(manifest, path, entry));
    else if (entry.file !== undefined) named.push(...(await imagesOfFile(manifest, [...path, 'file'], entry.file)));
    else if (entry.select !== undefined) selections.push(selectionOf(entry.select));
  }
  warnOfRepeats(manifest, named);
  const kept = withoutExcluded(manifest, [...new Set(named)], exclude, selections.length > 0);
  const hasErrors = manifest.problems.some(({ severity }) => severity === 'error');
  if (kept.length === 0 && selections.length === 0 && !hasErrors) {
    const message = named.length === 0 ? 'images.include names no image' : 'images.exclude leaves no image';
    report(manifest, ['images'], { code: 'selection-empty', message, fix: errorCodes['selection-empty'].hint });
  }
  return { named: kept, selections };
}

function selectionOf({ minAge, ...selection }: z.output<typeof selectionSchema>): Selection {
  const [region = ''] = selection.regions;
  return {
    ...selection,
    regions: [...new Set(selection.regions)],
    partition: partitionOfRegion(region),
    minAgeMs: minAge,
  };
}

// What is not an ARN at all, the schema has named.
function imageOfText(manifest: ManifestFile, path: readonly (string | number)[], text: string): readonly ImageArn[] {
  if (!isImageArn(text)) return [];
  const problem = partitionProblem(text);
  if (problem !== null) report(manifest, path, problem);
  return [text];
}

/** What is wrong where an ARN names a Region of another partition: no endpoint takes it. */
function partitionProblem(image: ImageArn): Pick<Problem, 'code' | 'message' | 'fix'> | null {
  const { partition, region } = imageArnParts(image);
  const right = partitionOfRegion(region);
  if (partition === right) return null;
  const message = `${image} names the partition ${partition}, and the Region ${region} is in ${right}`;
  return { code: 'image-arn-invalid', message, fix: `Write arn:${right}:… or the Region that is meant.` };
}

async function imagesOfFile(
  manifest: ManifestFile,
  path: readonly (string | number)[],
  name: string,
): Promise<readonly ImageArn[]> {
  const file = await readNamedFile(manifest, path, name);
  const images: ImageArn[] = [];
  for (const [index, line] of (file?.text ?? '').split(/\r?\n/).entries()) {
    const text = line.replace(/(^|\s)#.*$/, '').trim();
    if (text === '') continue;
    const at = `${file?.label ?? name}:${index + 1}:${line.indexOf(text) + 1}`;
    if (isImageArn(text)) {
      const problem = partitionProblem(text);
      if (problem !== null) report(manifest, path, { ...problem, at });
      images.push(text);
    } else {
      const message = `${JSON.stringify(text.slice(0, 200))} is not the ARN of an image build`;
      report(manifest, path, { code: 'image-arn-invalid', at, message, fix: errorCodes['image-arn-invalid'].hint });
    }
  }
  return images;
}

function warnOfRepeats(manifest: ManifestFile, named: readonly ImageArn[]): void {
  const seen = new Set<ImageArn>();
  const repeated = named.filter((image) => seen.has(image) || !seen.add(image));
  const [first] = repeated;
  if (first === undefined) return;
  const message = `${repeated.length} of ${named.length} images are named again, the first is ${first}`;
  report(manifest, ['images', 'include'], {
    severity: 'warning',
    message,
    fix: 'Nothing has to be done: each image is taken once.',
  });
}

function withoutExcluded(
  manifest: ManifestFile,
  images: readonly ImageArn[],
  exclude: readonly string[],
  hasSelections: boolean,
): readonly ImageArn[] {
  for (const [index, pattern] of exclude.entries()) {
    // Nobody knows yet what the selections find.
    if (hasSelections || images.some((image) => matchesGlob(pattern, image))) continue;
    const message = `The pattern ${JSON.stringify(pattern)} leaves out none of the images`;
    const fix = 'Check it: it has to cover a whole ARN, such as arn:aws:imagebuilder:*:*:image/scratch-*.';
    report(manifest, ['images', 'exclude', index], { severity: 'warning', message, fix });
  }
  return images.filter((image) => !exclude.some((pattern) => matchesGlob(pattern, image)));
}
