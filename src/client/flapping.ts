import type { ImageArn } from '../domain/arn.ts';
import { sha256 } from '../sha256.ts';
import { addHold } from './holds.ts';
import type { QueueAccess } from './worker-presence.ts';

/** Holds an image that a schedule has repaired three times in seven days, until somebody removes the hold. */
export async function holdFlapping(access: QueueAccess, image: ImageArn, scheduleName: string): Promise<void> {
  await addHold(access, {
    name: `flapping-${sha256(image).slice(0, 16)}`,
    images: image,
    reason: `flapping: the schedule ${scheduleName} repaired it 3 times in 7 days, and somebody changes it back`,
    who: `schedule/${scheduleName}`,
    since: new Date().toISOString(),
  });
}
