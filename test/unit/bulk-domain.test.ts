import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { control, gateVerdict, isAwaited, noControl } from '../../src/domain/control.ts';
import { parseImageArn } from '../../src/domain/arn.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { planBatches } from '../../src/domain/batches.ts';
import { partitionOf } from '../../src/domain/image-set.ts';
import type { OverridableGuardrail } from '../../src/domain/guardrails.ts';
import { checkGuardrails, withoutOverridden } from '../../src/domain/guardrails.ts';
import type { OwnTolerance } from '../../src/domain/waves.ts';
import { effectivePace, mostInFlight, paceWarnings } from '../../src/domain/strategy.ts';
import type { BindingPace, ConcurrencyMode, StrategyChange } from '../../src/domain/strategy.ts';
import type { BatchTally } from '../../src/domain/tolerance.ts';
import { allowances, failuresOf, freeSlot } from '../../src/domain/tolerance.ts';
import { dealOverPartitions, planWaves } from '../../src/domain/waves.ts';
import type { WaveSpec } from '../../src/domain/waves.ts';

const regions = ['us-east-1', 'eu-west-1', 'ap-south-1'];

function someImages(count: number): readonly ImageArn[] {
  return Array.from({ length: count }, (_, index) =>
    parseImageArn(
      `arn:aws:imagebuilder:${regions[index % 3] ?? ''}:11111111111${index % 2}:image/web-${index % 5}/1.0.0/${index + 1}`,
    ),
  );
}

const anyImages = fc.integer({ min: 0, max: 120 }).map(someImages);
const anyWave = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'c'),
    match: fc.record(
      {
        names: fc.constant(['web-[13]', 'web-1']),
        accounts: fc.constant(['111111111111']),
        regions: fc.subarray(regions, { minLength: 1 }),
        tags: fc.constant({ stage: 'dev' }),
      },
      { requiredKeys: [] },
    ),
    count: fc.integer({ min: 1, max: 50 }),
    percentage: fc.integer({ min: 1, max: 100 }),
  },
  { requiredKeys: ['name'] },
) as fc.Arbitrary<WaveSpec>;
const anyMode = fc.constantFrom<ConcurrencyMode>('SOFT_FAILURE_TOLERANCE', 'STRICT_FAILURE_TOLERANCE');

function tagsOf(image: ImageArn): Record<string, string> {
  return image.endsWith('2') ? { stage: 'dev' } : {};
}

describe('waves', () => {
  it('hold every image exactly once, and none is empty', () => {
    const holds = fc.property(anyImages, fc.array(anyWave, { minLength: 1, maxLength: 4 }), (images, specs) => {
      const waves = planWaves(images, specs, tagsOf);

      expect(waves.flatMap((wave) => wave.images).toSorted()).toEqual(images.toSorted());
      expect(waves.every((wave) => wave.images.length > 0)).toBe(true);
    });

    fc.assert(holds);
  });

  it('but the last take no more than they say, and at least one of those that fit', () => {
    const holds = fc.property(anyImages, anyWave, (images, spec) => {
      const [first] = planWaves(images, [spec, { name: 'rest' }], () => ({ stage: 'dev' }));
      const size = first?.spec === spec ? first.images.length : 0;
      const most = Math.min(spec.count ?? Infinity, Math.floor((images.length * (spec.percentage ?? 100)) / 100));

      expect(size).toBeLessThanOrEqual(Math.max(1, most));
      if (spec.match === undefined && images.length > 0) expect(size).toBeGreaterThanOrEqual(1);
    });

    fc.assert(holds);
  });

  it('take the images that every list of a match fits', () => {
    const match = { names: ['web-1'], accounts: ['111111111111'], regions: ['eu-west-1'], tags: { stage: 'dev' } };

    const [first] = planWaves(someImages(120), [{ name: 'some', match }, { name: 'rest' }], tagsOf);

    expect(first?.images).not.toHaveLength(0);
    expect(first?.images.filter((image) => !/eu-west-1:111111111111:image\/web-1\/.*2$/.test(image))).toEqual([]);
  });

  it('are dealt round over the partitions', () => {
    const images = someImages(60);
    const partitionCount = new Set(images.map(partitionOf)).size;

    const dealt = dealOverPartitions(images);

    expect(dealt.toSorted()).toEqual(images.toSorted());
    expect(new Set(dealt.slice(0, partitionCount).map(partitionOf)).size).toBe(partitionCount);
  });

  it('are cut into batches of at most 200 images, each image in one', () => {
    const images = someImages(1_001);

    const batches = planBatches(images);

    expect(batches.map((batch) => batch.length)).toEqual([200, 200, 200, 200, 200, 1]);
    expect(batches.flat()).toEqual(images);
  });
});

describe('the effective numbers', () => {
  it.each([
    [9, 10, 10, 1, 0, 1],
    [10, 10, 10, 1, 1, 1],
    [50, 10, 10, 5, 5, 5],
    [50, 100, 0, 50, 0, 1],
  ])('of %i images with %i %% and %i %% are %i at once and %i that may fail; STRICT starts with %i', (...row) => {
    const [toChange, concurrency, tolerance, maxConcurrentCount, failureToleranceCount, startsWith] = row;

    const pace = effectivePace(toChange, {
      maxConcurrent: { percentage: concurrency },
      failureTolerance: { percentage: tolerance },
      concurrencyMode: 'STRICT_FAILURE_TOLERANCE',
    });

    expect(pace).toMatchObject({ toChange, maxConcurrentCount, failureToleranceCount, startsWith });
  });

  it('round down, are at least one image at a time, and never more than there are', () => {
    const wrong: string[] = [];
    for (let toChange = 0; toChange <= 250; toChange += 1) {
      for (let percentage = 1; percentage <= 100; percentage += 1) {
        const amount = { percentage };
        const pace = { maxConcurrent: amount, failureTolerance: amount } as const;
        const soft = effectivePace(toChange, { ...pace, concurrencyMode: 'SOFT_FAILURE_TOLERANCE' });
        const strict = effectivePace(toChange, { ...pace, concurrencyMode: 'STRICT_FAILURE_TOLERANCE' });
        const isRight =
          soft.maxConcurrentCount === Math.max(1, Math.floor((toChange * percentage) / 100)) &&
          soft.failureToleranceCount === Math.floor((toChange * percentage) / 100) &&
          soft.startsWith === Math.min(toChange, soft.maxConcurrentCount) &&
          strict.startsWith === Math.min(toChange, strict.maxConcurrentCount, strict.failureToleranceCount + 1);
        if (!isRight) wrong.push(`${toChange} images with ${percentage} %: ${JSON.stringify({ soft, strict })}`);
      }
    }

    expect(wrong).toEqual([]);
  });

  it('warn where they make a rollout serial, and where a canary proves nothing', () => {
    const serial = effectivePace(20, {
      maxConcurrent: { count: 10 },
      failureTolerance: { count: 0 },
      concurrencyMode: 'STRICT_FAILURE_TOLERANCE',
    });
    const slow = { ...serial, maxConcurrentCount: 1 };
    const soft = { ...serial, concurrencyMode: 'SOFT_FAILURE_TOLERANCE', startsWith: 10 } as const;

    expect(paceWarnings(serial, [])).toEqual([expect.stringContaining('one image at a time; SOFT_FAILURE_TOLERANCE')]);
    expect(paceWarnings(slow, [])).toEqual([expect.stringContaining('maxConcurrent comes to 1')]);
    expect(
      paceWarnings(soft, [
        { name: 'canary', imageCount: 11 },
        { name: 'rest', imageCount: 9 },
      ]),
    ).toEqual([expect.stringContaining('no canary')]);
    expect(paceWarnings(soft, [{ name: 'all', imageCount: 20 }])).toEqual([]);
  });

  it.each<[string, number, OwnTolerance, readonly unknown[]]>([
    [
      'has nothing of its own, and may fail as a whole',
      2,
      {},
      [expect.stringContaining('would go on, since 2 may fail')],
    ],
    ['has a tolerance of its own', 2, { failureToleranceCount: 0 }, []],
    ['is larger than the tolerance', 1, {}, []],
  ])('warn of a canary only where it cannot stop anything: one that %s', (_, failureToleranceCount, own, warnings) => {
    const pace = {
      toChange: 20,
      maxConcurrentCount: 10,
      concurrencyMode: 'SOFT_FAILURE_TOLERANCE',
      startsWith: 10,
    } as const;
    const waves = [
      { name: 'canary', imageCount: 2, ...own },
      { name: 'rest', imageCount: 18 },
    ];

    expect(paceWarnings({ ...pace, failureToleranceCount }, waves)).toEqual(warnings);
  });
});

describe('the tolerance', () => {
  const anyNumbers = fc.record({
    toChange: fc.integer({ min: 1, max: 200 }),
    maxConcurrentCount: fc.integer({ min: 1, max: 50 }),
    failureToleranceCount: fc.integer({ min: 0, max: 20 }),
    fails: fc.infiniteStream(fc.boolean()),
  });

  it('is passed by one at most where it is STRICT, whatever fails in whatever order', () => {
    const holds = fc.property(anyNumbers, ({ toChange, fails, ...numbers }) => {
      const pace = { ...numbers, concurrencyMode: 'STRICT_FAILURE_TOLERANCE' } as const;
      let [waiting, inFlight, failures] = [toChange, 0, 0];
      while (inFlight > 0 || (waiting > 0 && mostInFlight(pace, failures) > 0)) {
        while (waiting > 0 && inFlight < mostInFlight(pace, failures)) {
          waiting -= 1;
          inFlight += 1;
        }
        inFlight -= 1;
        if (fails.next().value === true) failures += 1;
      }

      expect(failures).toBeLessThanOrEqual(pace.failureToleranceCount + 1);
    });

    fc.assert(holds);
  });

  const slotCount = 4;

  /** The batches that could be open: a slot has one with images to start, and its last images fit into its lanes. */
  function asStarted(pace: BindingPace, some: readonly Omit<BatchTally, 'isOpen'>[]): readonly BatchTally[] {
    const most = Math.floor(mostInFlight(pace, failuresOf(some.map((one) => ({ ...one, isOpen: false })))) / slotCount);
    const batches: BatchTally[] = [];
    for (const { slot, lastRunning, ...one } of some) {
      const own = batches.filter((batch) => batch.isOpen && batch.slot === slot);
      const needed = own.reduce((sum, batch) => sum + (batch.lastRunning ?? 0), 0);
      const isTaken = own.some((batch) => batch.lastRunning === null);
      const isOpen = lastRunning === null ? !isTaken && needed < most : needed + lastRunning <= most;
      batches.push({ ...one, slot, lastRunning, isOpen });
    }
    return batches;
  }

  it('lets a batch begin beside the last images of another, with the lanes that these do not need', () => {
    const pace = {
      maxConcurrentCount: 10,
      failureToleranceCount: 9,
      concurrencyMode: 'SOFT_FAILURE_TOLERANCE',
    } as const;
    const busy = { failureCount: 0, isOpen: true, slot: 0, lastRunning: null };
    const slow = { ...busy, slot: 1, lastRunning: 2 };

    expect(freeSlot(pace, [busy, { ...busy, slot: 1 }], 2)).toBeNull();
    expect(freeSlot(pace, [busy, slow], 2)).toBe(1);
    expect(freeSlot(pace, [busy, { ...slow, lastRunning: 5 }], 2)).toBeNull();
    expect(lanesOf(allowances(pace, [busy, slow, { ...busy, slot: 1 }], 2, true))).toEqual([5, 2, 3]);
    expect(lanesOf(allowances(pace, [busy, slow], 2, false))).toEqual([8, 2]);
  });

  it('and the lanes of all open batches together are those of the rollout', () => {
    const tally = fc.record({ failureCount: fc.nat(5), slot: fc.nat(3), lastRunning: fc.option(fc.nat(3)) });
    const tallies = fc.array(tally, { maxLength: 8 });
    const numbers = { maxConcurrentCount: fc.integer({ min: 1, max: 50 }), failureToleranceCount: fc.nat(30) };
    const anyPace = fc.record({ ...numbers, concurrencyMode: anyMode });
    const holds = fc.property(anyPace, tallies, fc.boolean(), (pace, some, isMoreToCome) => {
      const batches = asStarted(pace, some);
      const shares = allowances(pace, batches, slotCount, isMoreToCome);
      const lanes = shares.reduce((sum, share) => sum + share.lanes, 0);
      const isStarting = batches.some(({ isOpen, lastRunning }) => isOpen && lastRunning === null);
      const isFull = freeSlot(pace, batches, slotCount) === null;

      expect(lanes).toBeLessThanOrEqual(mostInFlight(pace, failuresOf(batches)));
      if (isStarting && (isFull || !isMoreToCome)) expect(lanes).toBe(mostInFlight(pace, failuresOf(batches)));
      for (const [index, { failureBudget }] of shares.entries()) {
        const others = failuresOf(batches) - (batches[index]?.failureCount ?? 0);
        expect(failureBudget).toBe(pace.failureToleranceCount - others);
      }
    });

    fc.assert(holds);
  });
});

function lanesOf(shares: ReturnType<typeof allowances>): readonly number[] {
  return shares.map(({ lanes }) => lanes);
}

describe('what is asked of a rollout', () => {
  const gate = { kind: 'approval', required: 2 } as const;

  it('changes nothing where it is so already', () => {
    const paused = control(noControl, { kind: 'pause' });

    expect(control(paused, { kind: 'pause' })).toBe(paused);
    expect(control(noControl, { kind: 'resume' })).toBe(noControl);
    expect(control(noControl, { kind: 'reject' })).toBe(noControl);
    expect(control(paused, { kind: 'resume' })).toEqual(noControl);
  });

  it('changes no number that holds already, and every one that is not known yet', () => {
    const holding = { maxConcurrentCount: 10, failureToleranceCount: 0, rateLimits: { PutImagePolicy: 5 } };
    const set = (strategy: StrategyChange, held: StrategyChange = holding) =>
      control(noControl, { kind: 'set', strategy, holding: held });

    expect(set({ maxConcurrentCount: 10, rateLimits: { PutImagePolicy: 5 } })).toBe(noControl);
    expect(set({ maxConcurrentCount: 10 }, {}).strategy).toEqual({ maxConcurrentCount: 10 });
    expect(set({ maxConcurrentCount: 10, failureToleranceCount: 1 }).strategy).toMatchObject({
      failureToleranceCount: 1,
    });
    expect(set({ rateLimits: { GetImage: 5 } }).strategy).toEqual({ rateLimits: { GetImage: 5 } });
  });

  it('changes the numbers that it names, and leaves what was changed before', () => {
    const first = { maxConcurrentCount: 3, rateLimits: { PutImagePolicy: 5, GetImage: 1 } };
    const second = { failureToleranceCount: 2, rateLimits: { GetImage: 2 } };

    const once = control(noControl, { kind: 'set', strategy: first, holding: {} });
    const twice = control(once, { kind: 'set', strategy: second, holding: first });

    expect(twice.strategy).toEqual({
      maxConcurrentCount: 3,
      failureToleranceCount: 2,
      rateLimits: { PutImagePolicy: 5, GetImage: 2 },
    });
  });

  it('is approved by distinct people, as many as are required', () => {
    const opened = control(noControl, { kind: 'gate-opened', gate });
    const once = control(opened, { kind: 'approve', who: 'ann' });
    const twice = control(once, { kind: 'approve', who: 'ann' });
    const both = control(twice, { kind: 'approve', who: 'bob' });

    const verdicts = [opened, once, twice, both].map((state) => state.gate && gateVerdict(state.gate));

    expect(verdicts).toEqual(['waiting', 'waiting', 'waiting', 'passed']);
    expect(twice).toBe(once);
  });

  it('is rejected by one, whoever approved', () => {
    const approved = control(control(noControl, { kind: 'gate-opened', gate }), { kind: 'approve', who: 'ann' });
    const rejected = control(approved, { kind: 'reject' });

    expect(rejected.gate && gateVerdict(rejected.gate)).toBe('rejected');
  });

  it('is an answer only where there is a question', () => {
    const soaking = control(noControl, { kind: 'gate-opened', gate: { kind: 'soak', required: 0 } });
    const asking = control(noControl, { kind: 'gate-opened', gate });
    const kinds = ['approve', 'reject', 'advance'] as const;

    const awaited = [noControl, soaking, asking].map((state) => kinds.filter((kind) => isAwaited(state, kind)));

    expect(awaited).toEqual([[], ['advance'], ['approve', 'reject', 'advance']]);
  });
});

describe('a guardrail that is set aside', () => {
  const guardrails = {
    allowedAccounts: ['222222222222'],
    allowedOrganizations: ['o-abcdefgh12'],
    allowWildcardPrincipal: false,
    maxImages: 1,
    maxChangedPercentage: 10,
    requiredTags: { tested: 'true' },
  };

  it('forbids nothing, and the others hold', () => {
    expect(withoutOverridden(guardrails, [])).toEqual(guardrails);
    expect(withoutOverridden(guardrails, ['requiredTags', 'maxChangedPercentage'])).toEqual({
      ...guardrails,
      requiredTags: {},
      maxChangedPercentage: 100,
    });
    expect(withoutOverridden(guardrails, ['allowedAccounts', 'allowWildcardPrincipal', 'maxImages'])).toEqual({
      allowedOrganizations: ['o-abcdefgh12'],
      allowWildcardPrincipal: true,
      maxImages: Number.MAX_SAFE_INTEGER,
      maxChangedPercentage: 10,
      requiredTags: { tested: 'true' },
    });
  });

  it.each<[OverridableGuardrail, readonly string[]]>([
    ['allowedAccounts', ['guardrails.allowedOrganizations']],
    ['allowedOrganizations', ['guardrails.allowedAccounts']],
  ])('of the name %s opens what that list names, and not the other', (name, left) => {
    const principals = ['333333333333', 'o-def45678'];
    const { allowedOrganizations, ...withAccountsAlone } = guardrails;

    const found = [guardrails, withAccountsAlone].map((given) =>
      checkGuardrails(withoutOverridden(given, [name]), { principals, imageCount: 1 }).map(({ at }) => at),
    );

    expect(found).toEqual([left, left]);
  });
});
