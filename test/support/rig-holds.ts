import type { FaultRule } from '../../src/simulator/faults.ts';
import type { ImageBehaviour } from '../../src/simulator/world/records.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { PolicyRolloutClient } from '../../src/client.ts';
import type { ReportedImage } from '../../src/contracts/report.ts';
import type { Beginning, SpecChange } from './rig-images.ts';
import { rigOrigin, rigSpec, sharedEarlier, unpromotable, unshared } from './rig-images.ts';
import { endedReport, statesByName, untilJournal } from './rig.ts';

/** A point of the transaction at which an image can be held, and where it comes from there. */
export interface HeldImage extends Beginning {
  /** The last write before the point; null where nothing was written. */
  readonly after: { readonly operation: string; readonly count: number } | null;
  /** What its calls meet from then on. */
  readonly holds: readonly Pick<FaultRule, 'operation' | 'skip' | 'times' | 'account' | 'answer'>[];
  /** What an image comes to that is left alone after the point. */
  readonly end: 'SUCCEEDED' | 'COMPENSATED' | 'CANCELLED';
}

const hang = { times: 'always', answer: { kind: 'hang' } } as const;
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
      holds: [{ operation: lookAt, skip: readsBeforePut, ...hang }],
      end: 'SUCCEEDED',
    },
    {
      ...unshared(name('promoted')),
      after: { operation: promotion, count: 1 },
      holds: [{ operation: 'TagResource', ...hang }],
      end: 'SUCCEEDED',
    },
    {
      ...sharedEarlier(name('between-add-and-remove')),
      after: { operation: addition, count: 1 },
      holds: [{ operation: removal, ...hang }],
      end: 'SUCCEEDED',
    },
    {
      ...unpromotable(name('putting-back')),
      after: { operation: put, count: 1 },
      holds: [{ operation: put, skip: 1, ...hang }],
      end: 'COMPENSATED',
    },
    {
      ...unshared(name('erasing'), refused),
      after: { operation: put, count: 1 },
      holds: [{ operation: put, skip: 1, ...hang }],
      end: 'COMPENSATED',
    },
    {
      ...sharedEarlier(name('taking-back')),
      after: { operation: addition, count: 1 },
      holds: [
        { operation: removal, answer: denied },
        { operation: removal, ...hang },
      ],
      end: 'COMPENSATED',
    },
  ];
}

/** An image that nothing holds but RAM, for as long as its promotion lasts. */
export function promotingImage(prefix: string): HeldImage {
  return {
    ...unshared(`${prefix}-promoting`),
    after: { operation: promotion, count: 1 },
    holds: [],
    end: 'SUCCEEDED',
  };
}

/** The fault rules that hold the images. */
function holdsOf(images: readonly HeldImage[]): readonly FaultRule[] {
  return images.flatMap(({ image, holds }) => holds.map((hold) => ({ ...hold, image })));
}

// Longer than a rollout takes that is under way, shorter than it takes until the death of a worker is noticed.
const usualPromotionLagMs = 5_000;

/**
 * Rolls out to images until each is at its point: those that are held first, then one whose promotion has just begun.
 * Then lets something happen, holds them no longer, and gives what they came to.
 */
export async function rollOutHeld(
  client: PolicyRolloutClient,
  simulator: Simulator,
  {
    prefix,
    held,
    change = {},
    promotionLagMs = usualPromotionLagMs,
  }: {
    readonly prefix: string;
    readonly held: readonly HeldImage[];
    readonly change?: SpecChange;
    readonly promotionLagMs?: number;
  },
  happens: (rolloutNames: readonly string[]) => Promise<void>,
): Promise<readonly ReportedImage[]> {
  const late = promotingImage(prefix);
  const names = [prefix, `${prefix}-late`] as const;
  simulator.addFaults(holdsOf(held));
  await client.startRollout(
    rigSpec(
      names[0],
      held.map(({ image }) => image),
      change,
    ),
    rigOrigin,
  );
  await untilHeld(simulator, held);
  simulator.changeSettings({ promotionLagMs });
  await client.startRollout(rigSpec(names[1], [late.image], change), rigOrigin);
  await untilHeld(simulator, [late]);
  await happens(names);
  simulator.clearFaults();
  const reports = await Promise.all(names.map((name) => endedReport(client, name)));
  simulator.changeSettings({ promotionLagMs: 0 });
  return reports.flatMap(({ images }) => images);
}

/** How the images are expected to end, by name, where nobody cancels them. */
export function endsByName(images: readonly HeldImage[]): Record<string, string> {
  return statesByName(images.map(({ image, end }) => ({ imageArn: image, state: end })));
}

/** Waits until every image is at its point. */
async function untilHeld(simulator: Simulator, images: readonly HeldImage[]): Promise<void> {
  await Promise.all(
    images.map((held) => untilJournal(simulator, `${held.image} at its point`, () => isHeld(simulator, held))),
  );
}

function isHeld(simulator: Pick<Simulator, 'journal'>, { image, after, holds }: HeldImage): boolean {
  const journal = simulator.journal(image).filter(({ actor }) => actor === 'client');
  const isHanging = journal.some(({ fault }) => fault === 'hang');
  const effects = journal.filter(({ operation, effect }) => operation === after?.operation && effect).length;
  return effects >= (after?.count ?? 0) && (isHanging || holds.length === 0);
}
