import type { Verdict } from '../contracts/activities.ts';
import type { ImageOptions } from '../contracts/image.ts';
import { AppError } from '../domain/errors.ts';
import type { Hold, HeldWrite } from '../domain/holds.ts';
import { holdAgainst, holdText } from '../domain/holds.ts';
import type { ObservedImage } from '../domain/observation.ts';
import { liveGrants } from '../domain/shares.ts';
import type { Target } from '../domain/situation.ts';
import type { Dependencies } from './dependencies.ts';
import type { Judgement } from './judging.ts';

/** The holds that a rollout has to respect: none where somebody has set them aside. */
export async function respectedHolds(
  { holds }: Dependencies,
  { areHoldsOverridden }: ImageOptions,
): Promise<readonly Hold[]> {
  return areHoldsOverridden === true ? [] : holds();
}

/** What a change would be that an image was judged to need, as the holds see it. */
export function heldWriteOf(observed: ObservedImage, { baseline, path }: Judgement, wanted: Target): HeldWrite {
  const { image } = observed;
  return path === 'undo'
    ? { image, before: liveGrants(observed), wanted: baseline.grants }
    : { image, before: baseline.grants, wanted: wanted.grants };
}

/** What holds say against the change of an image; null where none stands against it. */
export function heldVerdict(
  { now }: Dependencies,
  holds: readonly Hold[],
  write: HeldWrite,
): Extract<Verdict, { action: 'BLOCKED' }> | null {
  const hold = holdAgainst(holds, write, now());
  if (hold === null) return null;
  return { action: 'BLOCKED', code: 'image-held', detail: `${write.image}: the hold ${holdText(hold)}` };
}

/** Throws `image-held` where a hold stands against a write. */
export async function requireNotHeld(
  dependencies: Dependencies,
  options: ImageOptions,
  write: HeldWrite,
): Promise<void> {
  const held = heldVerdict(dependencies, await respectedHolds(dependencies, options), write);
  if (held !== null) throw new AppError(held.code, held.detail, { item: write.image });
}
