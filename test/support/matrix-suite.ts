import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ImageReport } from '../../src/contracts/report.ts';
import { profiles } from '../../src/simulator/profiles.ts';
import type { ProfileName } from '../../src/simulator/profiles.ts';
import type { Before } from './matrix-oracle.ts';
import { offencesOf } from './matrix-oracle.ts';
import type { MatrixWorld } from './matrix-run.ts';
import { startMatrixWorld } from './matrix-run.ts';
import { imageOf } from './matrix-world.ts';
import type { MatrixRow } from './matrix.ts';
import { expectationOf } from './matrix.ts';

// As many images at once as two cores take without starving a call of its time.
const laneCount = 16;
const profileNames = Object.keys(profiles).filter((name): name is ProfileName => name in profiles);

/** States of each row, over each profile of the simulator, that its image ends as the row says, and leaves nothing behind. */
export function describeRows(rows: readonly MatrixRow[]): void {
  let workflowBundle: WorkflowBundleWithSourceMap;

  beforeAll(async () => {
    const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));
    workflowBundle = await bundleWorkflowCode({ workflowsPath });
  });

  describe.each(profileNames)('where AWS is %s', (profile) => {
    let world: MatrixWorld;
    let ends: ReadonlyMap<string, Promise<ImageReport>>;
    let before: ReadonlyMap<string, Before | undefined>;

    beforeAll(async () => {
      const place = { address: inject('temporalAddress'), namespace: inject('temporalNamespace'), workflowBundle };
      world = await startMatrixWorld(place, profile, rows);
      before = new Map(rows.map((row) => [row.id, world.simulator.image(imageOf(row))]));
      ends = inLanes(rows, world.run);
    });

    afterAll(() => world.close());

    it.each(rows)('$id: $why', { timeout: 180_000 }, async (row) => {
      const report = await ends.get(row.id);
      const baseline = before.get(row.id);
      if (report === undefined || baseline === undefined) throw new Error(`${row.id} was not run`);

      const { code, residue, ...state } = expectationOf(row, profiles[profile]);
      expect
        .soft(report, JSON.stringify(report.error))
        .toMatchObject(code === undefined ? state : { ...state, error: { code } });
      expect.soft(report.residue ?? []).toEqual(residue ?? []);
      expect(offencesOf(world.simulator, row, baseline, report)).toEqual([]);
    });
  });
}

/** Runs all rows, some at once, in their order; a row that fails is the business of its own test. */
function inLanes(
  rows: readonly MatrixRow[],
  run: (row: MatrixRow) => Promise<ImageReport>,
): ReadonlyMap<string, Promise<ImageReport>> {
  const starts: (() => Promise<unknown>)[] = [];
  const ends = rows.map((row) => {
    const end = new Promise<ImageReport>((resolve, reject) => {
      starts.push(() => run(row).then(resolve, reject));
    });
    end.catch(() => undefined);
    return [row.id, end] as const;
  });
  const lane = async (): Promise<void> => {
    for (let start = starts.shift(); start !== undefined; start = starts.shift()) await start();
  };
  void Promise.all(Array.from({ length: laneCount }, lane));
  return new Map(ends);
}
