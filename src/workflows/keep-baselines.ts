import type { KeptBaseline } from '../contracts/baselines.ts';
import { keptBaselines } from '../contracts/input-shapes.ts';
import { requireInput } from './checked.ts';

/**
 * Carries baselines of a file for an undo: activities read them in its input, out of the first event of its history.
 *
 * - Id: `baselines/<name>/<unique>/<nnnn>`.
 * - Result: how many there are. It ends at once; the history stays as long as the retention of the namespace.
 */
// eslint-disable-next-line @typescript-eslint/require-await -- what it throws has to reject
export async function keepBaselines(baselines: readonly KeptBaseline[]): Promise<number> {
  requireInput(baselines, keptBaselines);
  return baselines.length;
}
