import type { Activities } from '../contracts/activities.ts';
import type { Dependencies } from './dependencies.ts';
import { descriptionActivities } from './descriptions.ts';
import { imageActivities } from './images.ts';
import { inventoryActivities } from './inventory.ts';
import { ledgerActivities } from './ledger.ts';
import { lockActivities } from './locks.ts';
import { quotaActivities } from './quotas.ts';
import { restoreActivities } from './restore.ts';
import { selectionActivities } from './selection.ts';
import { shareActivities } from './shares.ts';
import { visibilityActivities } from './visibility.ts';
import { writtenActivities } from './written.ts';

/** All activities of a worker. */
export function createActivities(dependencies: Dependencies): Activities {
  return {
    ...selectionActivities(dependencies),
    ...inventoryActivities(dependencies),
    ...descriptionActivities(dependencies),
    ...quotaActivities(dependencies),
    ...imageActivities(dependencies),
    ...shareActivities(dependencies),
    ...visibilityActivities(dependencies),
    ...restoreActivities(dependencies),
    ...ledgerActivities(dependencies),
    ...lockActivities(dependencies),
    ...writtenActivities(dependencies),
  };
}
