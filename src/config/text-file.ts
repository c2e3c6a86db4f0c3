import { lstat, readFile, stat } from 'node:fs/promises';
import { AppError } from '../domain/errors.ts';

// 10,000 images by ARN take about one megabyte.
const largestBytes = 5_000_000;

/** A text that was read from a file. */
export interface TextFile {
  /** Without a byte order mark. */
  readonly text: string;
  /** Every character of the file, for a hash that `sha256sum` gives as well. */
  readonly rawText: string;
}

/** Why a file cannot be used: it cannot be read, or it is no text of an acceptable size. */
export interface UnusableFile {
  readonly code: 'file-not-found' | 'file-not-text';
  readonly message: string;
  readonly fix: string;
}

/** Reads a file in UTF-8. */
export async function readTextFile(path: string, mostBytes = largestBytes): Promise<TextFile | UnusableFile> {
  const bytes = await bytesOf(path, mostBytes);
  if (!(bytes instanceof Uint8Array)) return bytes;
  try {
    const rawText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (rawText.includes('\0')) return notText(path);
    return { text: rawText.replace(/^\uFEFF/, ''), rawText };
  } catch {
    return notText(path);
  }
}

async function bytesOf(path: string, mostBytes: number): Promise<Uint8Array | UnusableFile> {
  try {
    const stats = await stat(path);
    // A device such as /dev/zero has no end.
    if (stats.isCharacterDevice()) return notText(path);
    // Nobody may ever write to one; a pipe of the shell is behind a link, /dev/stdin or /dev/fd/63.
    if ((await lstat(path)).isFIFO()) {
      return { code: 'file-not-text', message: `${path} is a named pipe, not a file`, fix: 'Give a file.' };
    }
    if (stats.size <= mostBytes) return await readFile(path);
    const message = `${path} has ${stats.size} bytes, and at most ${mostBytes} are read`;
    return { code: 'file-not-text', message, fix: 'Split it.' };
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    const fix = 'Check the path and its permissions; a path in a manifest starts at the folder of the manifest.';
    return { code: 'file-not-found', message: `${path} cannot be read (${reason})`, fix };
  }
}

function notText(path: string): UnusableFile {
  return { code: 'file-not-text', message: `${path} is not a text in UTF-8`, fix: 'Save it in UTF-8.' };
}

/** The same for a file that a person named: throws `file-not-found`, or the given code where it is no text. */
export async function requireTextFile(
  path: string,
  code: 'manifest-invalid' | 'limits-invalid' | 'baselines-invalid',
  mostBytes = largestBytes,
): Promise<TextFile> {
  const file = await readTextFile(path, mostBytes);
  if ('text' in file) return file;
  throw new AppError(file.code === 'file-not-found' ? 'file-not-found' : code, file.message, { item: path });
}
