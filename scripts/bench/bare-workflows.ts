import { proxyActivities } from '@temporalio/workflow';

const { doNothing } = proxyActivities<{ readonly doNothing: () => Promise<void> }>({ startToCloseTimeout: '1m' });

/** As many steps as an image that simply succeeds, and nothing in them. */
export async function bareImage(): Promise<void> {
  for (let step = 0; step < 4; step += 1) await doNothing();
}
