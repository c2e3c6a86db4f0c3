import { writeFile } from 'node:fs/promises';
import { AppError } from '../domain/errors.ts';

/** Writes a document to the file that a person named. Throws `usage-wrong` where it cannot be written. */
export async function keepFile(path: string, document: unknown): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(document)}\n`);
  } catch (error) {
    throw new AppError('usage-wrong', `${path} cannot be written`, { item: path, cause: error });
  }
}
