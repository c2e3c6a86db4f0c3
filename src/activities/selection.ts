import { listBuilds, listVersions } from '../aws/catalogue.ts';
import { mapInLanes } from '../domain/lanes.ts';
import type { Target } from '../aws/request.ts';
import type { Activities } from '../contracts/activities.ts';
import type { Selection } from '../contracts/rollout.ts';
import type { ImageArn } from '../domain/arn.ts';
import { compactImageSet } from '../domain/image-set.ts';
import { isNameSelected, isOneVersion, selectedBuilds, versionsToList } from '../domain/selection.ts';
import { ownerAccessAt } from './access.ts';
import { runStep } from './attempt.ts';
import type { Dependencies } from './dependencies.ts';

// Names whose builds are read at the same time.
const laneCount = 8;

/** The step that finds the images of a selection. */
export function selectionActivities(dependencies: Dependencies): Pick<Activities, 'selectImages'> {
  return {
    /**
     * Finds the builds of one account and Region that a selection means.
     *
     * - Effect: none.
     * - Repeat: harmless, it only reads; a build that was made meanwhile may be found too.
     * - Throws: `limits-exceeded` and `aws-access-denied` (never), AWS's own (as their class says).
     * - Class: scan. It heartbeats, since hundreds of reads take a while.
     */
    selectImages: ({ selection, region, options }) =>
      runStep(dependencies, [], async (attempt) => {
        const place = { account: selection.account, region, partition: selection.partition };
        const access = ownerAccessAt(place, options, dependencies.limits?.rules ?? null);
        const target = { clients: dependencies.clients, access, call: attempt };
        const versions = await listVersions(target, exactName(selection));
        const names = [...versions].filter(([name]) => isNameSelected(selection, name));
        const nowMs = dependencies.now();
        const found = await mapInLanes(names, laneCount, (named) => buildsOf(target, selection, nowMs, named));
        return compactImageSet(found.flat());
      }),
  };
}

/** The selected builds of one name; where one version is wanted, lower ones are read only as long as none has a build. */
async function buildsOf(
  target: Target,
  selection: Selection,
  nowMs: number,
  [name, versions]: readonly [string, readonly string[]],
): Promise<readonly ImageArn[]> {
  const found: ImageArn[] = [];
  for (const version of versionsToList(selection, versions)) {
    found.push(...selectedBuilds(selection, await listBuilds(target, name, version), nowMs));
    if (found.length > 0 && isOneVersion(selection)) break;
  }
  return found;
}

function exactName({ name }: Selection): string | null {
  return /[*?]/.test(name) ? null : name;
}
