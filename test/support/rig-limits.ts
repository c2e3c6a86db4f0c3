import type { WorkerLimits } from '../../src/domain/limits.ts';
import { principals } from './rig-images.ts';

/** Limits that allow what the rollouts of the rig do. */
export const generousLimits: WorkerLimits = {
  ownerAccounts: { '111111111111': null },
  assumableRoles: [],
  grantableAccounts: Object.values(principals),
  grantableOrganizations: [],
  maxImages: 100,
};
