import type { Grant } from '../domain/grants.ts';
import { grantsText } from '../domain/grants.ts';
import { sha256 } from '../sha256.ts';

/** SHA-256 of the sorted `principal action` lines: the same for everyone who reads the same access. */
export function grantsSha256(grants: readonly Grant[]): string {
  return sha256(grantsText(grants));
}
