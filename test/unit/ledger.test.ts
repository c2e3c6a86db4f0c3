import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ImageArn } from '../../src/domain/arn.ts';
import { parseImageArn } from '../../src/domain/arn.ts';
import { compactImageSet, imagesOf } from '../../src/domain/image-set.ts';
import type { Ledger, LedgerEntry } from '../../src/domain/ledger.ts';
import {
  emptyLedger,
  fittingLedger,
  imagesInLedger,
  lastAppliedIn,
  ledgerFateOf,
  mergedLedger,
  shareIdOf,
} from '../../src/domain/ledger.ts';
import { a, b, grantsTo } from '../support/builders.ts';

const grants = { both: grantsTo([a, b]), one: grantsTo([a]), nobody: [] } as const;
const [web1, web2] = [anImage('web', 1), anImage('web', 2)];

function anImage(name: string, build: number, account = '111111111111'): ImageArn {
  return parseImageArn(`arn:aws:imagebuilder:us-east-1:${account}:image/${name}/1.0.0/${build}`);
}

/** What one run did to some images at a minute of an hour. */
function done(minute: number, images: readonly ImageArn[], change: Partial<LedgerEntry> = {}): Ledger {
  const set = compactImageSet(images);
  const entry: LedgerEntry = {
    fate: 'applied',
    at: `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`,
    runId: `run-${minute}`,
    manifestSha256: 'abcd',
    grantsSha256: 'both',
    images: set,
    shareIds: imagesOf(set).map(() => ['share']),
    ...change,
  };
  return { grants: entry.grantsSha256 === null ? {} : grants, entries: [entry] };
}

describe('a ledger', () => {
  it('has of each image what was last done to it, in whatever order and however often it is told', () => {
    const [first, second] = [done(1, [web1, web2]), done(2, [web2], { grantsSha256: 'one' })];

    const inOrder = mergedLedger(emptyLedger, [first, second]);

    expect(lastAppliedIn(inOrder).get(web1)).toMatchObject({ runId: 'run-1', grants: grants.both });
    expect(lastAppliedIn(inOrder).get(web2)).toMatchObject({ runId: 'run-2', grants: grants.one });
    expect(mergedLedger(emptyLedger, [second, first, first])).toEqual(inOrder);
    expect(mergedLedger(inOrder, [first, second])).toEqual(inOrder);
  });

  it('knows an image from which everything was taken, and one that was put back', () => {
    const additions = [
      done(1, [web1], { grantsSha256: 'nobody', shareIds: [[]] }),
      done(2, [web2], { fate: 'undone', grantsSha256: 'one' }),
    ];

    const applied = lastAppliedIn(mergedLedger(emptyLedger, additions));

    expect(applied.get(web1)).toMatchObject({ fate: 'applied', grants: [], shareArns: [] });
    expect(applied.get(web2)).toMatchObject({ fate: 'undone', grants: grants.one });
  });

  it('keeps what is unproven beside what was last proven, until something newer is', () => {
    const unproven = done(3, [web1, web2], { fate: 'unproven', grantsSha256: null });
    const additions = [unproven, done(1, [web1])];

    const ledger = mergedLedger(emptyLedger, additions);
    const later = lastAppliedIn(mergedLedger(ledger, [done(4, [web1, web2])]));

    const known = { fate: 'applied', runId: 'run-1', grants: grants.both, isUnproven: true };
    expect(mergedLedger(emptyLedger, additions.toReversed())).toEqual(ledger);
    expect(lastAppliedIn(ledger).get(web1)).toMatchObject(known);
    expect(lastAppliedIn(ledger).get(web2)).toMatchObject({ fate: 'unproven', grants: null, isUnproven: true });
    expect(imagesInLedger(ledger)).toEqual([web1, web2]);
    expect([web1, web2].map((image) => later.get(image)?.isUnproven)).toEqual([false, false]);
  });

  it.each([
    ['FAILED', true, false, 'applied'],
    ['FAILED', true, true, 'unproven'],
    ['FAILED', false, false, null],
    ['COMPENSATION_FAILED', true, false, 'unproven'],
    ['COMPENSATED', true, false, null],
  ] as const)('has an image that ended %s, written %s, in an undo %s, as %s', (state, hasWritten, isUndo, fate) => {
    expect(ledgerFateOf(state, { hasWritten, isUndo })).toBe(fate);
  });

  it('forgets grants that no image has any more', () => {
    const ledger = mergedLedger(done(1, [web1]), [done(2, [web1], { grantsSha256: 'one' })]);

    expect(Object.keys(ledger.grants)).toEqual(['one']);
  });

  it('keeps the newest rollout by hand, in whatever order it is told, though no image fits', () => {
    const [earlier, later] = ['01', '02'].map((minute) => ({
      startedBy: 'ann',
      startedAt: `2026-01-01T00:${minute}:00.000Z`,
      manifestSha256: minute,
    }));
    const additions = [later, earlier].flatMap((byHand) => (byHand === undefined ? [] : { ...emptyLedger, byHand }));

    const ledger = mergedLedger(done(1, [web1]), additions);

    expect(ledger.byHand).toEqual(later);
    expect(mergedLedger(ledger, [done(2, [web2])]).byHand).toEqual(later);
    expect(mergedLedger(emptyLedger, additions.toReversed()).byHand).toEqual(later);
    expect(fittingLedger(ledger, 0)).toEqual({ ...emptyLedger, byHand: later });
  });

  it('gives the ARNs of shares back as they were', () => {
    const shareArns = ['222222222222', '111111111111'].map(
      (account) => `arn:aws:ram:us-east-1:${account}:resource-share/x`,
    );
    const shareIds = [shareArns.map((shareArn) => shareIdOf(web1, shareArn))];

    expect(shareIds).toEqual([[shareArns[0], 'x']]);
    expect(lastAppliedIn(done(1, [web1], { shareIds })).get(web1)?.shareArns).toEqual(shareArns);
  });

  it('of 10,000 images with long names of their own stays below 1.5 MB', () => {
    const batches = Array.from({ length: 100 }, (_, batch) => {
      const images = Array.from({ length: 100 }, (__, index) =>
        anImage(
          `golden-amazon-linux-2023-team-${batch}-${index}`,
          1,
          `1111111111${String(batch % 10).padStart(2, '0')}`,
        ),
      );
      return done(batch % 60, images, { runId: randomUUID(), shareIds: images.map(() => [randomUUID()]) });
    });

    const ledger = mergedLedger(emptyLedger, batches);

    expect(imagesInLedger(ledger)).toHaveLength(10_000);
    expect(JSON.stringify(ledger).length).toBeLessThan(1_500_000);
  });

  it('that does not fit lets the oldest go', () => {
    const ledger = mergedLedger(done(2, [web2]), [done(1, [web1])]);

    const fitting = fittingLedger(ledger, JSON.stringify(ledger).length - 1);

    expect(imagesInLedger(fitting)).toEqual([web2]);
    expect(fittingLedger(ledger, JSON.stringify(ledger).length)).toEqual(ledger);
  });
});
