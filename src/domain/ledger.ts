import type { ImageArn } from './arn.ts';
import { imageArnParts } from './arn.ts';
import type { Grant } from './grants.ts';
import type { CompactImageSet } from './image-set.ts';
import { compactImageSet, imagesOf } from './image-set.ts';
import type { FinalImageState } from './image-state.ts';

/**
 * How images came into the ledger:
 * - `applied`: a rollout has given them these grants, or found them there
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

/** What was last done to each image of a rollout name; small enough for one payload, and readable in the UI. */
export interface Ledger {
  /** By SHA-256, each set once. */
  readonly grants: Readonly<Record<string, readonly Grant[]>>;
  /** Oldest first; an image is in one of them alone. */
  readonly entries: readonly LedgerEntry[];
}

/** What was last done to one image. */
export interface LastApplied extends Omit<LedgerEntry, 'images' | 'shareIds' | 'grantsSha256'> {
  readonly grantsSha256: string;
  readonly grants: readonly Grant[];
  readonly shareArns: readonly string[];
}

interface Line {
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
      return hasWritten ? 'unproven' : null;
    case 'COMPENSATED':
    case 'SKIPPED':
    case 'CANCELLED':
      return null;
  }
}

/**
 * Adds to a ledger what is itself one. Of each image the newest entry stays, so that repeats and another order change
 * nothing; what is unproven stands only where nothing else is known.
 */
export function mergedLedger(ledger: Ledger, additions: readonly Ledger[]): Ledger {
  const lines = new Map<ImageArn, Line>();
  for (const { entries } of [ledger, ...additions]) {
    for (const entry of entries) {
      for (const [image, shareIds] of linesOf(entry)) {
        const known = lines.get(image)?.entry;
        if (known === undefined || supersedes(entry, known)) lines.set(image, { entry, shareIds });
      }
    }
  }
  const grants = new Map([ledger, ...additions].flatMap((part) => Object.entries(part.grants)));
  return ledgerOf(lines, grants);
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
  return entries.flatMap(({ images }) => imagesOf(images));
}

/** What was last applied to each image, or put back. An image that is not in it is new to the rollout. */
export function lastAppliedIn({ grants, entries }: Ledger): ReadonlyMap<ImageArn, LastApplied> {
  const applied = new Map<ImageArn, LastApplied>();
  for (const entry of entries) {
    const { fate, at, runId, manifestSha256, grantsSha256 } = entry;
    if (grantsSha256 === null) continue;
    const head = { fate, at, runId, manifestSha256, grantsSha256, grants: grants[grantsSha256] ?? [] };
    for (const [image, shareIds] of linesOf(entry)) {
      applied.set(image, { ...head, shareArns: shareIds.map((id) => shareArnOf(image, id)) });
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

function supersedes(entry: LedgerEntry, known: LedgerEntry): boolean {
  if (known.fate !== 'unproven' && entry.fate === 'unproven') return false;
  if (known.fate === 'unproven' && entry.fate !== 'unproven') return true;
  return entry.at >= known.at;
}

function linesOf({ images, shareIds }: LedgerEntry): readonly (readonly [ImageArn, readonly string[]])[] {
  return imagesOf(images).map((image, index) => [image, shareIds[index] ?? []] as const);
}

function ledgerOf(lines: ReadonlyMap<ImageArn, Line>, grants: ReadonlyMap<string, readonly Grant[]>): Ledger {
  const members = new Map<LedgerEntry, ImageArn[]>();
  for (const [image, { entry }] of lines) {
    const own = members.get(entry) ?? [];
    own.push(image);
    members.set(entry, own);
  }
  const entries = [...members]
    .map(([entry, own]): LedgerEntry => {
      const images = compactImageSet(own);
      return { ...entry, images, shareIds: imagesOf(images).map((image) => lines.get(image)?.shareIds ?? []) };
    })
    .sort((left, right) => (left.at < right.at ? -1 : Number(left.at > right.at)));
  const used = new Set(entries.map(({ grantsSha256 }) => grantsSha256));
  return { grants: Object.fromEntries([...grants].filter(([sha256]) => used.has(sha256))), entries };
}
