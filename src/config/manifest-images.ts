import type { z } from 'zod';
import type { ImageArn } from '../domain/arn.ts';
import { isImageArn } from '../domain/arn.ts';
import { errorCodes } from '../domain/errors.ts';
import { matchesGlob } from '../domain/glob.ts';
import type { ManifestFile } from './manifest-file.ts';
import { readNamedFile, report } from './manifest-file.ts';
import type { imagesSchema } from './schema.ts';

/** The images that a manifest selects, each once, in its order; what is wrong or doubtful is added to its problems. */
export async function selectedImages(
  manifest: ManifestFile,
  { include, exclude }: z.output<typeof imagesSchema>,
): Promise<readonly ImageArn[]> {
  const named: ImageArn[] = [];
  for (const [index, entry] of include.entries()) {
    const path = ['images', 'include', index];
    if (typeof entry !== 'string') named.push(...(await imagesOfFile(manifest, [...path, 'file'], entry.file)));
    else if (isImageArn(entry)) named.push(entry);
  }
  warnOfRepeats(manifest, named);
  const selected = withoutExcluded(manifest, [...new Set(named)], exclude);
  const hasErrors = manifest.problems.some(({ severity }) => severity === 'error');
  if (selected.length === 0 && !hasErrors) {
    const message = named.length === 0 ? 'images.include names no image' : 'images.exclude leaves no image';
    report(manifest, ['images'], { code: 'selection-empty', message, fix: errorCodes['selection-empty'].hint });
  }
  return selected;
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
    if (isImageArn(text)) images.push(text);
    else if (text !== '') {
      const at = `${file?.label ?? name}:${index + 1}:${line.indexOf(text) + 1}`;
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
): readonly ImageArn[] {
  for (const [index, pattern] of exclude.entries()) {
    if (images.some((image) => matchesGlob(pattern, image))) continue;
    const message = `The pattern ${JSON.stringify(pattern)} leaves out none of the images`;
    const fix = 'Check it: it has to cover a whole ARN, such as arn:aws:imagebuilder:*:*:image/scratch-*.';
    report(manifest, ['images', 'exclude', index], { severity: 'warning', message, fix });
  }
  return images.filter((image) => !exclude.some((pattern) => matchesGlob(pattern, image)));
}
