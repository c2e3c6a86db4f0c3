import { condition, isCancellation } from '@temporalio/workflow';
import type { Inspection } from '../contracts/activities.ts';
import type { ImageArn } from '../domain/arn.ts';
import { chunksOf } from '../domain/chunks.ts';
import { control, gateVerdict } from '../domain/control.ts';
import type { Gate } from '../domain/control.ts';
import type { ErrorCode } from '../domain/errors.ts';
import { compactImageSet, imagesOf } from '../domain/image-set.ts';
import { moveCounts } from '../domain/image-state.ts';
import { isUnseen } from '../domain/looked.ts';
import { answerTo } from '../domain/printed-command.ts';
import { inspectionOf } from './activities.ts';
import { stepFailureOf } from './failures.ts';
import { showDetails } from './rollout-details.ts';
import { withCaps } from './rollout-options.ts';
import type { Rollout, WaveRecord } from './rollout-state.ts';
import { addFailures, countThrottled, isStopped, statusOf } from './rollout-state.ts';
import { tellScheduledRun } from './tell-scheduled-run.ts';

// One activity looks at so many images.
const imagesPerInspection = 200;

/** An image that could not be looked at, and why. */
interface Unseen {
  readonly image: ImageArn;
  readonly code: ErrorCode;
  readonly detail: string;
}

/** Pauses the rollout for a reason of its own: a person has to look. */
export function pauseItself(rollout: Rollout, reason: string): void {
  rollout.control = control(rollout.control, { kind: 'pause-itself', reason });
  void tellScheduledRun(rollout.input.origin);
}

/** Waits while the rollout is paused. */
export async function untilResumed(rollout: Rollout): Promise<void> {
  if (!rollout.control.isPaused) return;
  showDetails(statusOf(rollout));
  await condition(() => !rollout.control.isPaused);
}

/** Waits for what stands between a wave and the next one. A rejection stops the rollout. */
export async function passGates(rollout: Rollout, wave: WaveRecord): Promise<void> {
  const { soakMs, approval } = wave.plan.spec;
  if (soakMs !== undefined) await soak(rollout, wave, soakMs);
  if (approval !== undefined && !isStopped(rollout)) await approve(rollout, wave, approval);
  wave.state = 'DONE';
}

async function soak(rollout: Rollout, wave: WaveRecord, soakMs: number): Promise<void> {
  wave.state = 'SOAKING';
  await waitAt(rollout, { kind: 'soak', required: 0 }, soakMs, `Wave ${wave.plan.spec.name} soaks`);
  rollout.control = control(rollout.control, { kind: 'gate-closed' });
  await lookAgain(rollout, wave);
}

async function approve(
  rollout: Rollout,
  wave: WaveRecord,
  { required, timeoutMs }: { required: number; timeoutMs: number },
): Promise<void> {
  wave.state = 'WAITING_FOR_APPROVAL';
  const text = `Wave ${wave.plan.spec.name} waits for ${required} approval${required === 1 ? '' : 's'}`;
  const isAnswered = await waitAt(rollout, { kind: 'approval', required }, timeoutMs, text);
  // Silence rejects.
  if (!isAnswered) rollout.control = control(rollout.control, { kind: 'reject' });
  if (!isStopped(rollout)) rollout.control = control(rollout.control, { kind: 'gate-closed' });
}

/** Opens a gate and waits for its verdict; false where the time was over before. */
async function waitAt(
  rollout: Rollout,
  gate: Pick<Gate, 'kind' | 'required'>,
  timeoutMs: number,
  text: string,
): Promise<boolean> {
  const { rolloutName } = rollout.input.spec;
  const until = new Date(Date.now() + timeoutMs).toISOString();
  rollout.control = control(rollout.control, { kind: 'gate-opened', gate });
  rollout.awaits = { kind: gate.kind, text: `${text} until ${until}: ${answerTo(gate.kind, rolloutName)}`, until };
  showDetails(statusOf(rollout));
  const isDecided = (): boolean => rollout.control.gate === null || gateVerdict(rollout.control.gate) !== 'waiting';
  const isAnswered = await condition(isDecided, timeoutMs);
  rollout.awaits = null;
  return isAnswered;
}

/**
 * A soak ends with a look at the images that succeeded: one that is no longer in sync is a failure. Of one that cannot be
 * read nobody knows, so the rollout pauses, and looks again when it is resumed.
 */
async function lookAgain(rollout: Rollout, wave: WaveRecord): Promise<void> {
  let left = provenImages(wave);
  for (;;) {
    const unseen: Unseen[] = [];
    for (const slice of chunksOf(left, imagesPerInspection)) unseen.push(...(await lookAtSlice(rollout, wave, slice)));
    const [first] = unseen;
    if (first === undefined || isStopped(rollout)) return;
    const what = `${unseen.length} of its images could not be read (${first.code}: ${first.detail})`;
    pauseItself(rollout, `the soak of wave ${wave.plan.spec.name} is over, and ${what}`);
    await untilResumed(rollout);
    left = unseen.map(({ image }) => image);
  }
}

function provenImages({ batches, plan }: WaveRecord): readonly ImageArn[] {
  const outcomes = batches.flatMap(({ outcome }) => outcome ?? []);
  const unsettled = new Set(outcomes.flatMap((outcome) => imagesOf(outcome.unsettled)));
  return plan.images.filter((image) => !unsettled.has(image));
}

/** Counts the images that are no longer in sync; gives those that could not be read. */
async function lookAtSlice(
  rollout: Rollout,
  wave: WaveRecord,
  images: readonly ImageArn[],
): Promise<readonly Unseen[]> {
  try {
    const { verdicts } = await reinspect(rollout, wave, images);
    const unseen = verdicts.flatMap(({ image, verdict }) =>
      verdict.action === 'BLOCKED' && isUnseen(verdict.code)
        ? [{ image, code: verdict.code, detail: verdict.detail }]
        : [],
    );
    const unread = new Set(unseen.map(({ image }) => image));
    const drifted = verdicts.filter(({ image, verdict }) => verdict.action !== 'UNCHANGED' && !unread.has(image));
    failDrifted(
      rollout,
      wave,
      drifted.map(({ image }) => image),
    );
    return unseen;
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, detail } = stepFailureOf(error);
    return images.map((image) => ({ image, code, detail }));
  }
}

async function reinspect(rollout: Rollout, wave: WaveRecord, images: readonly ImageArn[]): Promise<Inspection> {
  const summary = `look again at ${images.length} images of ${wave.plan.spec.name}`;
  const inspection = await inspectionOf(summary).reinspectImages({
    images: compactImageSet(images),
    policy: rollout.policy,
    options: withCaps(rollout.input.spec.options, rollout.control.strategy.rateLimits),
    ...(rollout.earlier?.kind === 'undo' ? { earlier: rollout.earlier } : {}),
  });
  countThrottled(rollout, inspection);
  return inspection;
}

function failDrifted(rollout: Rollout, wave: WaveRecord, drifted: readonly ImageArn[]): void {
  const outcomes = wave.batches.flatMap(({ outcome }) => outcome ?? []);
  const unchanged = new Set(outcomes.flatMap((outcome) => imagesOf(outcome.unchanged)));
  wave.soakFailureCount += drifted.length;
  for (const image of drifted) {
    const ended = unchanged.has(image) ? 'UNCHANGED' : 'SUCCEEDED';
    rollout.counts = moveCounts(rollout.counts, ended, 'FAILED');
    wave.counts = moveCounts(wave.counts, ended, 'FAILED');
  }
  const detail = `no longer in sync after the soak of wave ${wave.plan.spec.name}`;
  addFailures(
    rollout,
    drifted.map((image) => ({ imageArn: image, code: 'not-in-sync', detail })),
  );
}
