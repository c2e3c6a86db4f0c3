import { dirname, isAbsolute, join } from 'node:path';
import type { Problem } from '../domain/errors.ts';
import type { TextFile } from './text-file.ts';
import { readTextFile } from './text-file.ts';
import type { CheckedFile } from './schema-problems.ts';
import { placeIn } from './schema-problems.ts';
import type { YamlPath } from './yaml-source.ts';

/** A manifest whose text is being checked, and what it has shown so far. */
export interface ManifestFile extends CheckedFile {
  readonly problems: Problem[];
  /** Texts of the files that it names, in the order they were read. */
  readonly namedTexts: string[];
}

/** Adds a problem of the manifest, or of what it says, at a place of it. */
export function report(
  manifest: ManifestFile,
  path: YamlPath,
  problem: Pick<Problem, 'message' | 'fix'> & Partial<Problem>,
): void {
  manifest.problems.push({ code: manifest.code, severity: 'error', at: placeIn(manifest, path), ...problem });
}

/** Reads a file that the manifest names at a path; where that fails, adds a problem and gives null. */
export async function readNamedFile(
  manifest: ManifestFile,
  path: YamlPath,
  name: string,
): Promise<(TextFile & { readonly label: string }) | null> {
  const label = isAbsolute(name) ? name : join(dirname(manifest.label), name);
  const file = await readTextFile(label);
  if ('text' in file) {
    manifest.namedTexts.push(file.rawText);
    return { ...file, label };
  }
  const { message, fix } = file;
  report(manifest, path, { code: file.code === 'file-not-found' ? file.code : manifest.code, message, fix });
  return null;
}
