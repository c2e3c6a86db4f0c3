import type { ErrorCode } from './errors.ts';
import { AppError } from './errors.ts';

/** What looking came to: what was seen, or why nothing was. */
export type Looked<T> =
  | { readonly isSeen: true; readonly value: T }
  | { readonly isSeen: false; readonly code: ErrorCode; readonly detail: string };

/** Looks, and makes of an AppError what was found; everything else is thrown on. */
export async function look<T>(seek: () => Promise<T>): Promise<Looked<T>> {
  try {
    return { isSeen: true, value: await seek() };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { isSeen: false, code: error.code, detail: error.message };
  }
}

/** Whether a code says that an image could not be looked at; any other one says what is wrong with it. */
export function isUnseen(code: ErrorCode): boolean {
  return code.startsWith('aws-') || code === 'limits-exceeded';
}
