/** Where one image of a rollout stands; an image is in exactly one state. */
export type ImageState =
  | 'PENDING'
  | 'RUNNING'
  | 'SUCCEEDED'
  | 'UNCHANGED'
  | 'FAILED'
  | 'COMPENSATED'
  | 'COMPENSATION_FAILED'
  | 'SKIPPED'
  | 'CANCELLED'
  | 'INCONCLUSIVE';

/** A state in which an image stays. */
export type FinalImageState = Exclude<ImageState, 'PENDING' | 'RUNNING'>;

/** Where a rollout stands. */
export type RolloutState =
  | 'PLANNING'
  | 'RUNNING'
  | 'SOAKING'
  | 'WAITING_FOR_APPROVAL'
  | 'PAUSED'
  | 'STOPPING'
  | 'SUCCEEDED'
  | 'COMPLETED_WITH_FAILURES'
  | 'STOPPED'
  | 'ABORTED'
  | 'REFUSED'
  | 'FAILED';

/** How many images are in each state; the other numbers add up to `total`. */
export interface ImageCounts {
  readonly total: number;
  readonly pending: number;
  readonly running: number;
  readonly succeeded: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly compensated: number;
  readonly compensationFailed: number;
  readonly skipped: number;
  readonly cancelled: number;
  readonly inconclusive: number;
}

/** The key of {@link ImageCounts} that counts a state. */
export type CountKey = Exclude<keyof ImageCounts, 'total'>;

const countKeys: Readonly<Record<ImageState, CountKey>> = {
  PENDING: 'pending',
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  UNCHANGED: 'unchanged',
  FAILED: 'failed',
  COMPENSATED: 'compensated',
  COMPENSATION_FAILED: 'compensationFailed',
  SKIPPED: 'skipped',
  CANCELLED: 'cancelled',
  INCONCLUSIVE: 'inconclusive',
};

/** Which number counts images of this state. */
export function countKeyOf(state: ImageState): CountKey {
  return countKeys[state];
}

/** Counts of a rollout of which nothing has started. */
export function pendingCounts(total: number): ImageCounts {
  return {
    total,
    pending: total,
    running: 0,
    succeeded: 0,
    unchanged: 0,
    failed: 0,
    compensated: 0,
    compensationFailed: 0,
    skipped: 0,
    cancelled: 0,
    inconclusive: 0,
  };
}

/** Moves some images from one state to another; the total stays. */
export function moveCounts(counts: ImageCounts, from: ImageState, to: ImageState, amount = 1): ImageCounts {
  if (from === to) return counts;
  const fromKey = countKeyOf(from);
  const toKey = countKeyOf(to);
  return { ...counts, [fromKey]: counts[fromKey] - amount, [toKey]: counts[toKey] + amount };
}

/** Adds counts of several parts of a rollout. */
export function sumCounts(parts: readonly ImageCounts[]): ImageCounts {
  return parts.reduce((sum, part) => {
    const added = Object.values(countKeys).map((key) => [key, sum[key] + part[key]] as const);
    return { ...sum, ...Object.fromEntries(added), total: sum.total + part.total };
  }, pendingCounts(0));
}

/** Images that count against the failure tolerance. */
export function failureCount({ failed, compensated, compensationFailed }: ImageCounts): number {
  return failed + compensated + compensationFailed;
}

/** Whether an image in this state counts against the failure tolerance. */
export function hasFailed(state: ImageState): boolean {
  return failureCount(countImages([state])) > 0;
}

/** Whether an image stays in this state. */
export function isFinal(state: ImageState): state is FinalImageState {
  return isSettled(countImages([state]));
}

/** Whether every image has come to its final state. */
export function isSettled({ pending, running }: ImageCounts): boolean {
  return pending + running === 0;
}

/** Puts the counts of a part that has ended in the place of as many pending images; the total stays. */
export function settlePending(counts: ImageCounts, ended: ImageCounts): ImageCounts {
  const rest = { ...counts, total: counts.total - ended.total, pending: counts.pending - ended.total };
  return sumCounts([rest, ended]);
}

/** Counts images by their states. */
export function countImages(states: readonly ImageState[]): ImageCounts {
  return states.reduce((counts, state) => moveCounts(counts, 'PENDING', state), pendingCounts(states.length));
}
