import type { Call } from '../operation.ts';
import { everybody } from '../world/audience.ts';
import { isAssociatedWith } from '../world/grants.ts';
import type { ShareRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** The shares of others that the caller finds: STANDARD, active, and with a principal that stands for it. */
export function sharesWith(world: World, { account, region }: Call): readonly ShareRecord[] {
  const shares = new Set<ShareRecord>();
  for (const audience of [account, everybody]) {
    for (const share of world.sharesForAudience(audience, region)) {
      if (isShownTo(world, share, account)) shares.add(share);
    }
  }
  return [...shares];
}

/** Whether one share of somebody else is shown to an account. */
export function isShownTo(world: World, share: ShareRecord, account: string): boolean {
  if (share.owner === account || share.featureSet !== 'STANDARD' || share.status !== 'ACTIVE') return false;
  return isAssociatedWith(world, share, account);
}
