import { vi } from 'vitest';
import type { PolicyRolloutClient } from '../../src/client.ts';
import type { StatusReport } from '../../src/contracts/report.ts';
import type { RolloutOrigin, RolloutSpec, Strategy } from '../../src/contracts/rollout.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import type { SeededImage } from '../../src/simulator/seed.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { SpecChange } from './rig-images.ts';
import { quickTiming, rigImage, rigOrigin, rigSpec } from './rig-images.ts';
import { writesOf } from './simulator.ts';

/** What may be said of a rollout besides its images. */
export interface BulkChange extends SpecChange {
  readonly strategy?: Partial<Strategy>;
  readonly guardrails?: Partial<RolloutSpec['guardrails']>;
  readonly selections?: RolloutSpec['selections'];
  readonly exclude?: readonly string[];
}

// The requests of the rig end after two seconds.
const hastyTiming = { ...quickTiming, unansweredMs: 2_500 };

/** The spec of a rollout over many images. */
export function bulkSpec(
  rolloutName: string,
  images: readonly ImageArn[],
  { strategy, guardrails, selections = [], exclude = [], ...change }: BulkChange = {},
): RolloutSpec {
  const spec = rigSpec(rolloutName, images, { timing: hastyTiming, ...change });
  return {
    ...spec,
    selections,
    exclude,
    guardrails: { ...spec.guardrails, ...guardrails },
    strategy: { ...spec.strategy, ...strategy },
  };
}

/** Adds images of these names to a world; they have no policy, and are as it is said. */
export function plantImages(
  simulator: Pick<Simulator, 'seed'>,
  names: readonly string[],
  seeded: Omit<SeededImage, 'arn'> = {},
): readonly ImageArn[] {
  const images = names.map((name) => rigImage(name));
  simulator.seed({ images: images.map((arn) => ({ arn, ...seeded })) });
  return images;
}

/** `prefix-1`, `prefix-2`, … */
export function namesOf(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}

/** Starts a rollout and leaves it running. */
export async function startBulk(
  client: PolicyRolloutClient,
  spec: RolloutSpec,
  origin: Partial<RolloutOrigin> = {},
): Promise<void> {
  await client.startRollout(spec, { ...rigOrigin, ...origin });
}

/** Waits until a rollout stands somewhere, and says how. */
export async function untilStatus(
  client: PolicyRolloutClient,
  rolloutName: string,
  isReached: (status: StatusReport) => boolean,
): Promise<StatusReport> {
  return vi.waitFor(
    async () => {
      const status = await client.status(rolloutName);
      if (!isReached(status)) throw new Error(`It stands at ${JSON.stringify(status)}`);
      return status;
    },
    { timeout: 30_000, interval: 100 },
  );
}

/** The images of these that somebody has written to. */
export function writtenOf(simulator: Simulator, images: readonly ImageArn[]): readonly ImageArn[] {
  return images.filter((image) => writesOf(simulator, image).length > 0);
}

/** Who asks something of a rollout, and why. */
export function asking(who: string): { readonly who: string; readonly reason: string } {
  return { who, reason: `${who} has a reason` };
}
