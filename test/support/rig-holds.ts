import type { FaultRule } from '../../src/simulator/faults.ts';
import type { ImageBehaviour } from '../../src/simulator/world/records.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Beginning } from './rig-images.ts';
import { sharedEarlier, unpromotable, unshared } from './rig-images.ts';
import { untilJournal } from './rig.ts';

/** A point of the transaction at which an image can be held, and where it comes from there. */
export interface HeldImage extends Beginning {
  /** The last write before the point; null where nothing was written. */
  readonly after: { readonly operation: string; readonly count: number } | null;
  /** The calls that hang from then on. Without them RAM's own slowness holds the image. */
  readonly holds: readonly Pick<FaultRule, 'operation' | 'skip' | 'answer'>[];
  /** What an image comes to that is left alone after the point. */
  readonly end: 'SUCCEEDED' | 'COMPENSATED';
}

const hang = { kind: 'hang' } as const;
const denied = { kind: 'error', status: 403, name: 'AccessDeniedException' } as const;
const put = 'PutImagePolicy';
const promotion = 'PromoteResourceShareCreatedFromPolicy';
const lookAt = 'GetImagePolicy';
const addition = 'AssociateResourceShare';
const removal = 'DisassociateResourceShare';

// Read once for the rollout, once for the baseline, and once before the put; the next read is after it.
const readsBeforePut = 3;

/** Images held at every point at which a death or a cancel may come; `prefix` tells those of one test from others. */
export function heldImages(prefix: string): readonly HeldImage[] {
  const name = (point: string): string => `${prefix}-${point}`;
  const refused: ImageBehaviour = { promotion: 'refused' };
  return [
    {
      ...unshared(name('put-answered')),
      after: { operation: put, count: 1 },
      holds: [{ operation: lookAt, skip: readsBeforePut, answer: hang }],
      end: 'SUCCEEDED',
    },
    { ...unshared(name('promoting')), after: { operation: promotion, count: 1 }, holds: [], end: 'SUCCEEDED' },
    {
      ...unshared(name('promoted')),
      after: { operation: promotion, count: 1 },
      holds: [{ operation: 'TagResource', answer: hang }],
      end: 'SUCCEEDED',
    },
    {
      ...sharedEarlier(name('between-add-and-remove')),
      after: { operation: addition, count: 1 },
      holds: [{ operation: removal, answer: hang }],
      end: 'SUCCEEDED',
    },
    {
      ...unpromotable(name('putting-back')),
      after: { operation: put, count: 1 },
      holds: [{ operation: put, skip: 1, answer: hang }],
      end: 'COMPENSATED',
    },
    {
      ...unpromotable(name('put-back')),
      after: { operation: put, count: 2 },
      holds: [],
      end: 'COMPENSATED',
    },
    {
      ...unshared(name('erasing'), refused),
      after: { operation: put, count: 1 },
      holds: [{ operation: put, skip: 1, answer: hang }],
      end: 'COMPENSATED',
    },
    {
      ...sharedEarlier(name('taking-back')),
      after: { operation: addition, count: 1 },
      holds: [
        { operation: removal, answer: denied },
        { operation: removal, answer: hang },
      ],
      end: 'COMPENSATED',
    },
  ];
}

/** The fault rules that hold the images. */
export function holdsOf(images: readonly HeldImage[]): readonly FaultRule[] {
  return images.flatMap(({ image, holds }) => holds.map((hold) => ({ ...hold, image })));
}

/** Waits until every image is at its point. */
export async function untilHeld(simulator: Simulator, images: readonly HeldImage[]): Promise<void> {
  await Promise.all(
    images.map((held) => untilJournal(simulator, `${held.image} at its point`, () => isHeld(simulator, held))),
  );
}

/** Where an image is not at its point any more, in words: a call that came after the one that is held. */
export function isHeld(simulator: Pick<Simulator, 'journal'>, { image, after, holds }: HeldImage): boolean {
  const journal = simulator.journal(image).filter(({ actor }) => actor === 'client');
  const hanging = journal.some(({ fault }) => fault === 'hang');
  const served = journal.filter(({ operation, effect }) => operation === after?.operation && effect).length;
  const isReached = after === null || served >= after.count;
  return isReached && (hanging || !holds.some(({ answer }) => answer.kind === 'hang'));
}
