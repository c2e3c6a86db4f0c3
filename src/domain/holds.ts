import type { ImageArn } from './arn.ts';
import type { Grant } from './grants.ts';
import { grantsWithout } from './grants.ts';
import { matchesGlob } from './glob.ts';
import { accountOfPrincipal } from './principal.ts';

/** What a person has forbidden for a while: to change some images, or to give a principal access. */
export interface Hold {
  /** `[a-z0-9-]{1,64}`, unique. */
  readonly name: string;
  /** Pattern of image ARNs, or one ARN; absent means every image. */
  readonly images?: string;
  /** In canonical form, see `Grant.principal`; an account stands for the roles and users in it, too. Absent means any change. */
  readonly principal?: string;
  readonly reason: string;
  /** A claim, unless the cluster authenticates its clients. */
  readonly who: string;
  /** ISO text. */
  readonly since: string;
  /** ISO text; absent means until it is removed. */
  readonly until?: string;
}

/** A forward write that is about to be made. */
export interface HeldWrite {
  readonly image: ImageArn;
  /** What the image gave before the transaction. */
  readonly before: readonly Grant[];
  readonly wanted: readonly Grant[];
}

/** Most holds at a time: together they have to fit into a memo. */
const mostHolds = 500;

/** The first hold that stands against a write; null where none does. */
export function holdAgainst(holds: readonly Hold[], write: HeldWrite, nowMs: number): Hold | null {
  const gained = grantsWithout(write.wanted, write.before);
  const stands = ({ images, principal }: Hold): boolean =>
    (images === undefined || matchesGlob(images, write.image)) &&
    (principal === undefined || gained.some((grant) => reaches(grant, principal)));
  return standingHolds(holds, nowMs).find(stands) ?? null;
}

/** Whether a grant gives a principal access: by its own name, as a part of an account, or as anybody. */
function reaches(grant: Grant, principal: string): boolean {
  return grant.principal === '*' || isOf(grant, principal);
}

/** Whether a grant names a principal, or a role or user of an account that is given. */
export function isOf(grant: Grant, principal: string): boolean {
  return grant.principal === principal || accountOfPrincipal(grant.principal) === principal;
}

/** The holds that have not expired. */
export function standingHolds(holds: readonly Hold[], nowMs: number): readonly Hold[] {
  return holds.filter(({ until }) => until === undefined || Date.parse(until) > nowMs);
}

/** What becomes of the holds when one is added. */
export type Addition =
  | { readonly kind: 'added'; readonly holds: readonly Hold[] }
  | { readonly kind: 'already' }
  | { readonly kind: 'refused'; readonly code: 'hold-exists' | 'holds-full'; readonly detail: string };

/** Adds a hold, and drops those that have expired. The same under the same name changes nothing. */
export function addHold(holds: readonly Hold[], hold: Hold, nowMs: number): Addition {
  const standing = standingHolds(holds, nowMs);
  const known = standing.find(({ name }) => name === hold.name);
  if (known === undefined) {
    if (standing.length < mostHolds) return { kind: 'added', holds: [...standing, hold] };
    return { kind: 'refused', code: 'holds-full', detail: `${mostHolds} holds stand already` };
  }
  if (isSame(known, hold)) return { kind: 'already' };
  return { kind: 'refused', code: 'hold-exists', detail: `Another hold has the name: ${holdText(known)}` };
}

function isSame(left: Hold, right: Hold): boolean {
  return left.images === right.images && left.principal === right.principal && left.until === right.until;
}

/** What a hold is on, in words. */
export function holdSubject({ images, principal }: Pick<Hold, 'images' | 'principal'>): string {
  const where = images ?? 'every image';
  return principal === undefined ? where : `${principal} at ${where}`;
}

/** A hold in one line: its name, what it is on, why, by whom and until when. */
export function holdText(hold: Hold): string {
  const { name, reason, who, until } = hold;
  const end = until === undefined ? '' : `, until ${until}`;
  return `${name} holds ${holdSubject(hold)}: ${reason} (${who}${end})`;
}
