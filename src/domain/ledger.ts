import type { ImageArn } from './arn.ts';
import { imageArnParts } from './arn.ts';
import type { Grant } from './grants.ts';
import type { CompactImageSet } from './image-set.ts';
import { compactImageSet, imagesOf } from './image-set.ts';
import type { FinalImageState } from './image-state.ts';

/**
 * How images came into the ledger:
 * - `applied`: a rollout has given them these grants, or found them there; also where somebody does not see them
 * - `undone`: an undo has put them back to these grants
 * - `unproven`: something was written that is neither proven nor undone
 */
export type LedgerFate = 'applied' | 'undone' | 'unproven';

/** What a rollout did to some images at one time. */
export interface LedgerEntry {
  readonly fate: LedgerFate;
  /** ISO text. */
  readonly at: string;
  /** Run of the rollout, or of the single image's transaction. */
  readonly runId: string;
  /** Null where an image was rolled out without a manifest. */
  readonly manifestSha256: string | null;
  /** Key of {@link Ledger.grants}; null where nobody knows what the images give. */
  readonly grantsSha256: string | null;
  readonly images: CompactImageSet;
  /** Ids of the shares of each image, in the order of `imagesOf(images)`. */
  readonly shareIds: readonly (readonly string[])[];
}

/** A rollout by hand that was not refused. */
export interface BegunByHand {
  readonly startedBy: string;
  /** ISO text. */
  readonly startedAt: string;
  readonly manifestSha256: string;
}

/** What was last done to each image of a rollout name; small enough for one payload, and readable in the UI. */
export interface Ledger {
  /** By SHA-256, each set once. */
  readonly grants: Readonly<Record<string, readonly Grant[]>>;
  /** Oldest first; an image is in one of them alone, or in a newer one besides that is unproven. */
  readonly entries: readonly LedgerEntry[];
  /** The newest; absent where no rollout of the name was begun by hand. */
  readonly byHand?: BegunByHand;
}

/** What was last done to one image. */
export interface LastApplied extends Omit<LedgerEntry, 'images' | 'shareIds'> {
  /** Null where nobody knows what the image gives. */
  readonly grants: readonly Grant[] | null;
  /** Whether something was written since that is neither proven nor undone. */
  readonly isUnproven: boolean;
  readonly shareArns: readonly string[];
}

interface Line {
  readonly image: ImageArn;
  readonly entry: LedgerEntry;
  readonly shareIds: readonly string[];
}

export const emptyLedger: Ledger = { grants: {}, entries: [] };

/** How an image that has ended comes into the ledger; null where nothing of it does, and its earlier entry stays. */
export function ledgerFateOf(
  state: FinalImageState,
  { hasWritten, isUndo }: { readonly hasWritten: boolean; readonly isUndo: boolean },
): LedgerFate | null {
  switch (state) {
    case 'SUCCEEDED':
    case 'UNCHANGED':
    case 'INCONCLUSIVE':
      return isUndo ? 'undone' : 'applied';
    case 'COMPENSATION_FAILED':
      return 'unproven';
    case 'FAILED':
      if (!hasWritten) return null;
      // What a rollout has written stays, though somebody does not see it: who takes it away later has decided to.
      return isUndo ? 'unproven' : 'applied';
    case 'COMPENSATED':
    case 'SKIPPED':
    case 'CANCELLED':
      return null;
  }
}

/**
 * Adds to a ledger what is itself one. Of each image the newest entry stays, so that repeats and another order change
 * nothing; what is unproven stands beside what was last proven, until something newer is.
 */
export function mergedLedger(ledger: Ledger, additions: readonly Ledger[]): Ledger {
  const lines = [ledger, ...additions].flatMap(({ entries }) => entries.flatMap(linesOf));
  const proven = newestLines(lines.filter(({ entry }) => entry.fate !== 'unproven'));
  const unproven = newestLines(lines.filter(({ entry }) => entry.fate === 'unproven'));
  const open = [...unproven.values()].filter(({ image, entry }) => entry.at > (proven.get(image)?.entry.at ?? ''));
  const grants = new Map([ledger, ...additions].flatMap((part) => Object.entries(part.grants)));
  const byHand = newestByHand([ledger, ...additions]);
  return { ...ledgerOf([...proven.values(), ...open], grants), ...(byHand === undefined ? {} : { byHand }) };
}

/** The newest rollout by hand that any of some ledgers knows. */
export function newestByHand(ledgers: readonly Ledger[]): BegunByHand | undefined {
  const begun = ledgers.flatMap(({ byHand }) => byHand ?? []);
  return begun.reduce<BegunByHand | undefined>(
    (newest, one) => (newest === undefined || one.startedAt > newest.startedAt ? one : newest),
    undefined,
  );
}

/** The newest entries of a ledger whose JSON has at most so many characters; images that are left out read as new. */
export function fittingLedger(ledger: Ledger, mostCharacters: number): Ledger {
  let fitting = ledger;
  while (fitting.entries.length > 0 && JSON.stringify(fitting).length > mostCharacters) {
    fitting = mergedLedger({ ...fitting, entries: fitting.entries.slice(1) }, []);
  }
  return fitting;
}

/** Every image of a ledger, whatever was done to it. */
export function imagesInLedger({ entries }: Ledger): readonly ImageArn[] {
  return [...new Set(entries.flatMap(({ images }) => imagesOf(images)))];
}

/** What was last done to each image, proven or not. An image that is not in it is new to the rollout. */
export function lastAppliedIn({ grants, entries }: Ledger): ReadonlyMap<ImageArn, LastApplied> {
  const applied = new Map<ImageArn, LastApplied>();
  for (const entry of entries) {
    const { fate, at, runId, manifestSha256, grantsSha256 } = entry;
    const given = grantsSha256 === null ? null : (grants[grantsSha256] ?? []);
    const isUnproven = fate === 'unproven';
    const head = { fate, at, runId, manifestSha256, grantsSha256, grants: given, isUnproven };
    for (const { image, shareIds } of linesOf(entry)) {
      const before = isUnproven ? applied.get(image) : undefined;
      const shareArns = shareIds.map((id) => shareArnOf(image, id));
      applied.set(image, before === undefined ? { ...head, shareArns } : { ...before, isUnproven });
    }
  }
  return applied;
}

/** What a ledger keeps of the ARN of an image's share; {@link shareArnOf} is its inverse. */
export function shareIdOf(image: ImageArn, shareArn: string): string {
  const prefix = sharePrefixOf(image);
  return shareArn.startsWith(prefix) ? shareArn.slice(prefix.length) : shareArn;
}

function shareArnOf(image: ImageArn, shareId: string): string {
  return shareId.startsWith('arn:') ? shareId : `${sharePrefixOf(image)}${shareId}`;
}

function sharePrefixOf(image: ImageArn): string {
  const { partition, region, account } = imageArnParts(image);
  return `arn:${partition}:ram:${region}:${account}:resource-share/`;
}

function newestLines(lines: readonly Line[]): ReadonlyMap<ImageArn, Line> {
  const newest = new Map<ImageArn, Line>();
  for (const line of lines) {
    const known = newest.get(line.image);
    if (known === undefined || line.entry.at >= known.entry.at) newest.set(line.image, line);
  }
  return newest;
}

function linesOf(entry: LedgerEntry): readonly Line[] {
  return imagesOf(entry.images).map((image, index) => ({ image, entry, shareIds: entry.shareIds[index] ?? [] }));
}

function ledgerOf(lines: readonly Line[], grants: ReadonlyMap<string, readonly Grant[]>): Ledger {
  const members = new Map<LedgerEntry, Map<ImageArn, readonly string[]>>();
  for (const { entry, image, shareIds } of lines) {
    const own = members.get(entry) ?? new Map<ImageArn, readonly string[]>();
    members.set(entry, own.set(image, shareIds));
  }
  const entries = [...members]
    .map(([entry, own]): LedgerEntry => {
      const images = compactImageSet([...own.keys()]);
      return { ...entry, images, shareIds: imagesOf(images).map((image) => own.get(image) ?? []) };
    })
    .sort((left, right) => (left.at < right.at ? -1 : Number(left.at > right.at)));
  const used = new Set(entries.map(({ grantsSha256 }) => grantsSha256));
  return { grants: Object.fromEntries([...grants].filter(([sha256]) => used.has(sha256))), entries };
}
