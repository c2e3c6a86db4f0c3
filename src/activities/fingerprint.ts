import type { ObservedImage } from '../domain/observation.ts';
import { stateText } from '../domain/state-text.ts';
import { sha256 } from '../sha256.ts';

// Enough to see that something has changed, and short enough for 10,000 of them in one input.
const length = 16;

/** The fingerprint of an image: equal as long as nobody changes anything about the access to it. */
export function fingerprintOf(observed: ObservedImage): string {
  return sha256(stateText(observed)).slice(0, length);
}
