import { glimpseImages, glimpseShares, observeImages } from '../aws/observe.ts';
import { AppError } from '../domain/errors.ts';
import type { GlimpsedImage, ObservedImage } from '../domain/observation.ts';
import { transitionOf } from '../domain/shares.ts';
import { timingOf } from '../domain/timing.ts';
import type { Stage } from './acting.ts';

/** Whether an image is only waited for while something is in transition: then its permissions do not matter yet. */
export type InTransition = 'decided' | 'waited-for';

/** Reads everything about the access to the image of a stage. */
export async function observe(stage: Stage, inTransition: InTransition = 'decided'): Promise<ObservedImage> {
  return observeRest(stage, await glimpse(stage), inTransition);
}

/**
 * Reads the shares of the image of a stage: those in which RAM lists it, and those of ours that are in no list yet, because
 * RAM is still making them. They would give access later, so an undo has to know of them too.
 */
export async function glimpse(stage: Stage): Promise<GlimpsedImage> {
  const { dependencies, attempt, access, input } = stage;
  const { clients, now } = dependencies;
  const [glimpsed] = await glimpseImages(clients, access, [input.image], attempt, now);
  if (glimpsed === undefined) throw unread(stage);
  const { ownShareArns, removedShareArns } = attempt.record().memory;
  const isListed = (arn: string): boolean => glimpsed.shares.some(({ shareArn }) => shareArn === arn);
  const unlisted = ownShareArns.filter((arn) => !isListed(arn) && !removedShareArns.includes(arn));
  const own = await glimpseShares(clients, access, unlisted, attempt);
  // One that stays ACTIVE without the image is one that the image has left.
  const coming = own.filter(({ status }) => status === 'PENDING' || (status === 'ACTIVE' && isSettling(stage)));
  return { ...glimpsed, shares: [...glimpsed.shares, ...coming] };
}

/** Reads the rest about the access to an image that was just glimpsed. */
export async function observeRest(
  stage: Stage,
  glimpsed: GlimpsedImage,
  inTransition: InTransition,
): Promise<ObservedImage> {
  const { dependencies, attempt, access, input } = stage;
  const { acceptanceGraceMs } = timingOf(input.options);
  const isUndecided = (image: ObservedImage): boolean =>
    inTransition === 'waited-for' && transitionOf(image, acceptanceGraceMs) !== null;
  const [observed] = await observeImages(dependencies.clients, access, [glimpsed], attempt, { isUndecided });
  if (observed !== undefined) return observed;
  throw unread(stage);
}

function unread({ input: { image } }: Stage): AppError {
  return new AppError('internal', `Nothing was read of ${image}`, { item: image });
}

/** Whether a read may not show yet what was written last; before the first write of a step, what the step before it wrote. */
export function isSettling({ attempt, dependencies, input }: Stage): boolean {
  const { lastWriteAtMs } = attempt.record();
  const restingMs = lastWriteAtMs === null ? attempt.elapsedMs() : dependencies.now() - lastWriteAtMs;
  return restingMs < timingOf(input.options).settleMs;
}
