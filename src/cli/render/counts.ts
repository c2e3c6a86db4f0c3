import type { CountKey, ImageCounts, ImageState } from '../../domain/image-state.ts';
import { countKeyOf } from '../../domain/image-state.ts';
import type { Paint, Style } from './text.ts';

const styles: Readonly<Record<ImageState, Style | null>> = {
  SUCCEEDED: 'green',
  UNCHANGED: 'green',
  RUNNING: 'cyan',
  PENDING: 'dim',
  INCONCLUSIVE: 'yellow',
  SKIPPED: 'yellow',
  CANCELLED: 'yellow',
  COMPENSATED: 'yellow',
  FAILED: 'red',
  COMPENSATION_FAILED: 'red',
};

const words: Readonly<Record<CountKey, string>> = {
  succeeded: 'succeeded',
  unchanged: 'unchanged',
  running: 'running',
  pending: 'pending',
  inconclusive: 'inconclusive',
  skipped: 'skipped',
  cancelled: 'cancelled',
  compensated: 'compensated',
  failed: 'failed',
  compensationFailed: 'compensation failed',
};

const order: readonly ImageState[] = [
  'SUCCEEDED',
  'UNCHANGED',
  'INCONCLUSIVE',
  'FAILED',
  'COMPENSATED',
  'COMPENSATION_FAILED',
  'SKIPPED',
  'CANCELLED',
  'RUNNING',
  'PENDING',
];

/** `8 succeeded, 2 failed, 1 running`: every state that an image is in. */
export function countsText(counts: ImageCounts, paint: Paint): string {
  const parts = order.flatMap((state) => {
    const key = countKeyOf(state);
    return counts[key] === 0 ? [] : paintState(state, `${counts[key]} ${words[key]}`, paint);
  });
  return parts.length === 0 ? 'no images' : parts.join(', ');
}

/** A text in the colour of a state. */
export function paintState(state: ImageState, text: string, paint: Paint): string {
  const style = styles[state];
  return style === null ? text : paint(style, text);
}
