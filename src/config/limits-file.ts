import type { Looked } from '../domain/looked.ts';
import { AppError } from '../domain/errors.ts';
import { readEnvironment } from './env.ts';
import { loadLimits } from './limits.ts';

/** Whether the file of limits that the environment of this process names is valid; null where it names none. */
export async function examineLimitsFile(): Promise<Looked<string> | null> {
  const { limitsPath } = readEnvironment();
  if (limitsPath === null) return null;
  try {
    await loadLimits(limitsPath);
    return { isSeen: true, value: limitsPath };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const problems = (error.context.problems ?? []).map(({ at, message }) => `${at}: ${message}`);
    return { isSeen: false, code: error.code, detail: [error.message, ...problems].join('; ') };
  }
}
