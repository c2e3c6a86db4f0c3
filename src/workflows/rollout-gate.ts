import { condition } from '@temporalio/workflow';
import { control, gateVerdict } from '../domain/control.ts';
import type { Gate } from '../domain/control.ts';
import { compactImageSet, imagesOf } from '../domain/image-set.ts';
import { moveCounts } from '../domain/image-state.ts';
import { answerTo } from '../domain/printed-command.ts';
import { inspectionOf } from './activities.ts';
import { showDetails } from './rollout-details.ts';
import { withCaps } from './rollout-options.ts';
import type { Rollout, WaveRecord } from './rollout-state.ts';
import { addFailures, countThrottled, isStopped, statusOf } from './rollout-state.ts';

// One activity looks at so many images.
const imagesPerInspection = 200;

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

/** A soak ends with a look at the images that succeeded: one that is no longer in sync is a failure. */
async function lookAgain(rollout: Rollout, wave: WaveRecord): Promise<void> {
  const { spec } = rollout.input;
  const outcomes = wave.batches.flatMap(({ outcome }) => outcome ?? []);
  const unsettled = new Set(outcomes.flatMap((outcome) => imagesOf(outcome.unsettled)));
  const unchanged = new Set(outcomes.flatMap((outcome) => imagesOf(outcome.unchanged)));
  const images = wave.plan.images.filter((image) => !unsettled.has(image));
  for (let at = 0; at < images.length; at += imagesPerInspection) {
    const slice = images.slice(at, at + imagesPerInspection);
    const inspection = await inspectionOf(
      `look again at ${slice.length} images of ${wave.plan.spec.name}`,
    ).reinspectImages({
      images: compactImageSet(slice),
      policy: rollout.policy,
      options: withCaps(spec.options, rollout.control.strategy.rateLimits),
      ...(rollout.earlier?.kind === 'undo' ? { earlier: rollout.earlier } : {}),
    });
    countThrottled(rollout, inspection);
    const drifted = inspection.verdicts.filter(({ verdict }) => verdict.action !== 'UNCHANGED');
    wave.soakFailureCount += drifted.length;
    for (const { image } of drifted) {
      const ended = unchanged.has(image) ? 'UNCHANGED' : 'SUCCEEDED';
      rollout.counts = moveCounts(rollout.counts, ended, 'FAILED');
      wave.counts = moveCounts(wave.counts, ended, 'FAILED');
    }
    const detail = `no longer in sync after the soak of wave ${wave.plan.spec.name}`;
    addFailures(
      rollout,
      drifted.map(({ image }) => ({ imageArn: image, code: 'not-in-sync', detail })),
    );
  }
}
