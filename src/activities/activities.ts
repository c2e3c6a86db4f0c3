import type { Activities } from '../contracts/activities.ts';
import type { Dependencies } from './dependencies.ts';
import { imageActivities } from './images.ts';
import { inventoryActivities } from './inventory.ts';
import { lockActivities } from './locks.ts';
import { restoreActivities } from './restore.ts';
import { selectionActivities } from './selection.ts';
import { shareActivities } from './shares.ts';
import { visibilityActivities } from './visibility.ts';

/** All activities of a worker. */
export function createActivities(dependencies: Dependencies): Activities {
  return {
    ...selectionActivities(dependencies),
    ...inventoryActivities(dependencies),
    ...imageActivities(dependencies),
    ...shareActivities(dependencies),
    ...visibilityActivities(dependencies),
    ...restoreActivities(dependencies),
    ...lockActivities(dependencies),
  };
}
