import type { ErrorCode } from './errors.ts';
import { errorCodes } from './errors.ts';

/**
 * The code of an image whose undo has ended with `code`. An undo repeats what can be repeated for as long as its time
 * lasts, so such a code says only what it waited for in the end.
 */
export function undoFailureCode(code: ErrorCode): ErrorCode {
  return errorCodes[code].retry === 'never' ? code : 'compensation-timed-out';
}
