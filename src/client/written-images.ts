import type { ImageArn } from '../domain/arn.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import { compactImageSet } from '../domain/image-set.ts';
import type { FinalImageState } from '../domain/image-state.ts';
import type { BatchHistory } from './batch-history.ts';
import type { HistoryEvent } from './history.ts';
import { lostImages, mayHaveLeft } from './lost-batch.ts';
import type { RolloutHistories } from './report.ts';
import { isImageOutcome } from './reported-outcome.ts';

/** What a transaction has left at its image: what was there, what it may have written, or the baseline again. */
type Trace = 'none' | 'written' | 'restored';

type EndedEvent = Extract<HistoryEvent, { kind: 'child-ended' | 'ended' }>;

const restoredStates: ReadonlySet<FinalImageState> = new Set(['COMPENSATED', 'CANCELLED']);

/**
 * The images at which something of a rollout may have stayed.
 *
 * @param runs - oldest first: an image that a redrive found in sync, or left alone, is as the run before has left it
 */
export function writtenImages(runs: readonly Pick<RolloutHistories, 'batches'>[]): CompactImageSet {
  const written = new Set<ImageArn>();
  for (const batch of runs.flatMap(({ batches }) => batches)) {
    for (const [image, trace] of tracesIn(batch)) {
      if (trace === 'written') written.add(image);
      if (trace === 'restored') written.delete(image);
    }
  }
  return compactImageSet([...written]);
}

/** What the transactions of a batch have left. */
function tracesIn({ events, outliving, lost }: BatchHistory): ReadonlyMap<ImageArn, Trace> {
  if (lost !== undefined)
    return new Map(
      lostImages(lost)
        .filter(mayHaveLeft)
        .map(({ image }) => [image, 'written']),
    );
  const images = new Map<string, ImageArn>();
  const traces = new Map<ImageArn, Trace>();
  for (const event of events) {
    if (event.kind === 'child-initiated' && isImageInput(event.input)) images.set(event.workflowId, event.input.image);
    if (event.kind !== 'child-started' && event.kind !== 'child-ended') continue;
    const image = images.get(event.workflowId);
    // Until it has told its end, it may have written.
    if (image !== undefined) traces.set(image, event.kind === 'child-started' ? 'written' : traceOf(event));
  }
  for (const own of outliving) {
    const image = images.get(own.workflowId);
    const ended = own.events.find((event) => event.kind === 'ended');
    if (image !== undefined && ended !== undefined) traces.set(image, traceOf(ended));
  }
  return traces;
}

function traceOf({ how, result, failure }: EndedEvent): Trace {
  // One that is cancelled after its first step tells of it by an outcome.
  if (how === 'not-started' || how === 'cancelled') return 'none';
  const outcome = how === 'completed' ? result : failure?.details[0];
  // Terminated or timed out: nobody knows how far it came.
  if (!isImageOutcome(outcome)) return 'written';
  if (!outcome.hasWritten) return 'none';
  return restoredStates.has(outcome.state) ? 'restored' : 'written';
}

// Payloads are written by workflows of this product; what tells the kinds apart is enough.
function isImageInput(value: unknown): value is { readonly image: ImageArn } {
  return typeof value === 'object' && value !== null && 'image' in value && typeof value.image === 'string';
}
