import type { Bundle } from './bundles.ts';
import { bundlesOf, permissionText, sharePermissionText } from './bundles.ts';
import type { Grant } from './grants.ts';
import { grantsWithout, principalsOf } from './grants.ts';
import type { ObservedPrincipal, ObservedShare } from './observation.ts';
import { isGiven, isStandard, shareGrants } from './shares.ts';
import type { Memory, Situation } from './situation.ts';
import type { Step } from './step.ts';

/** What RAM is asked for where STANDARD shares do not give what is wanted. */
export const alignmentKinds: ReadonlySet<Step['kind']> = new Set([
  'create-share',
  'associate',
  'replace-permission',
  'disassociate',
  'remove-image',
  'delete-share',
]);

/** STANDARD shares of ours: those that carry the grants in the end, and those that go once the others do. */
export interface Carriers {
  readonly kept: readonly ObservedShare[];
  readonly leaving: readonly ObservedShare[];
  /** Whether a new share may be made where the kept ones do not suffice. */
  readonly mayGrow: boolean;
}

/** A share, and what it has to give in the end; null where the other shares give everything that is wanted. */
interface Assignment {
  readonly share: ObservedShare;
  readonly bundle: Bundle | null;
}

/**
 * Decides the next change of STANDARD shares of ours towards the grants: adds before it takes away, and takes away
 * only once everything that is added is there. Where RAM fails to add somebody, it stops: at once where all goes back then,
 * else when nobody has more than is wanted. Null where nothing is left to change.
 *
 * @param foreign - shares that are left alone; what they give need not be given by ours
 */
export function nextAlignment(
  situation: Situation,
  grants: readonly Grant[],
  { kept, leaving, mayGrow }: Carriers,
  foreign: readonly ObservedShare[],
): Step | null {
  const staying = situation.observed.shares.filter((share) => !leaving.includes(share));
  const toGive = grantsWithout(grants, foreign.flatMap(shareGrants));
  const { assignments, unassigned } = assign(bundlesOf(toGive), kept.filter(isAlone));
  return (
    firstOf(kept, (share) => refusal(share, grants)) ??
    firstOf(assignments, (assignment) => (isHarmless(assignment, grants) ? permissionChange(assignment) : null)) ??
    firstOf(assignments, (assignment) => addition(situation, staying, assignment)) ??
    firstOf(unassigned, (bundle) => creation(situation, staying, bundle, mayGrow)) ??
    firstOf(assignments, (assignment) => arrival(staying, assignment)) ??
    (staysIncomplete(situation) ? null : firstOf(assignments, (assignment) => failedArrival(staying, assignment))) ??
    firstOf(assignments, permissionChange) ??
    firstOf(leaving, deletion) ??
    firstOf(kept, (share) => removal(share, grants)) ??
    firstOf(assignments, (assignment) => failedArrival(staying, assignment))
  );
}

// Whatever is done to a share with other resources in it would change the access to those too.
function isAlone({ otherResourceCount }: ObservedShare): boolean {
  return otherResourceCount === 0;
}

/** Where a share that cannot be touched gives too much, nothing is begun. */
function refusal(share: ObservedShare, grants: readonly Grant[]): Step | null {
  if (isAlone(share) || excessOf(share, grants).length === 0) return null;
  const reason = `${share.shareArn} gives more than is wanted, and also covers ${share.otherResourceCount} other resources`;
  return { kind: 'stop', code: 'share-covers-others', reason };
}

/** Gives each bundle the share that has its permission already, else one that no bundle needs. */
function assign(
  bundles: readonly Bundle[],
  shares: readonly ObservedShare[],
): { assignments: readonly Assignment[]; unassigned: readonly Bundle[] } {
  const taken = new Map<Bundle, ObservedShare>();
  for (const share of shares) {
    const bundle = bundles.find((candidate) => permissionText(candidate) === sharePermissionText(share));
    if (bundle !== undefined && !taken.has(bundle)) taken.set(bundle, share);
  }
  const matched = [...taken].map(([bundle, share]) => ({ share, bundle }));
  // A share that gives a part of a bundle already needs no change of its permission.
  const needed = bundles.map(permissionText);
  const free = shares.filter(
    (share) => ![...taken.values()].includes(share) && !needed.includes(sharePermissionText(share)),
  );
  const waiting = bundles.filter((bundle) => !taken.has(bundle));
  const changed = free.map((share, index) => ({ share, bundle: waiting[index] ?? null }));
  return { assignments: [...matched, ...changed], unassigned: waiting.slice(free.length) };
}

function addition(situation: Situation, staying: readonly ObservedShare[], { share, bundle }: Assignment): Step | null {
  if (bundle === null) return null;
  const missing = absentFrom(staying, bundle, share).filter((principal) => !isTried(situation, share, principal));
  if (missing.length === 0) return null;
  const failures = missing.flatMap((principal) => failureIn(share, principal) ?? []);
  const failedAtMs = Object.fromEntries(failures.map(({ principal, changedAtMs }) => [principal, changedAtMs]));
  return withEntities(situation, missing, (entities) => ({
    kind: 'associate',
    shareArn: share.shareArn,
    entities,
    ...(failures.length === 0 ? {} : { failedAtMs }),
  }));
}

/**
 * Whether this transaction has associated the principal before. A failure that a STANDARD share of the baseline did not
 * have came of that, also where it was forgotten; one that came of a promotion is tried once more.
 */
function isTried({ memory, baseline }: Situation, share: ObservedShare, principal: string): boolean {
  if (memory.associated.includes(associationKey(share.shareArn, principal))) return true;
  const failed = failureIn(share, principal);
  if (failed === undefined) return false;
  if (isOfAttempt(memory, share, failed)) return true;
  const before = baseline.shares.find(({ shareArn }) => shareArn === share.shareArn);
  if (before === undefined || !isStandard(before)) return false;
  return failed.changedAtMs !== failureIn(before, principal)?.changedAtMs;
}

/** Whether a failure came of an attempt to associate the principal, be it that its answer was lost: it is none that stood before. */
function isOfAttempt({ attempted }: Memory, { shareArn }: ObservedShare, failed: ObservedPrincipal): boolean {
  const stoodBefore = attempted.includes(attemptKey(shareArn, failed.principal, failed.changedAtMs));
  return !stoodBefore && attempted.some((key) => key.startsWith(`${associationKey(shareArn, failed.principal)} `));
}

function failureIn({ principals }: ObservedShare, principal: string): ObservedPrincipal | undefined {
  return principals.find((candidate) => candidate.principal === principal && candidate.status === 'FAILED');
}

/** Principals of a bundle that neither its share, nor another with the same permission, gives it to. */
function absentFrom(
  staying: readonly ObservedShare[],
  bundle: Bundle,
  assigned: ObservedShare | null,
): readonly string[] {
  const text = permissionText(bundle);
  const givers = staying.filter((share) => share === assigned || sharePermissionText(share) === text);
  const given = new Set(givers.flatMap((share) => share.principals.filter(isGiven)).map(({ principal }) => principal));
  return bundle.principals.filter((principal) => !given.has(principal));
}

function permissionChange({ share, bundle }: Assignment): Step | null {
  if (bundle === null || permissionText(bundle) === sharePermissionText(share)) return null;
  return { kind: 'replace-permission', shareArn: share.shareArn, bundle };
}

/** Whether another permission gives nobody what is not wanted, and takes from nobody what is. */
function isHarmless({ share, bundle }: Assignment, grants: readonly Grant[]): boolean {
  if (bundle === null) return false;
  const before = shareGrants(share);
  const { actions, condition } = bundle;
  const permission = condition === undefined ? { actions } : { actions, condition };
  const after = shareGrants({ ...share, permissions: share.permissions.map((old) => ({ ...old, ...permission })) });
  const gained = grantsWithout(after, before);
  const lost = grantsWithout(before, after);
  return grantsWithout(gained, grants).length === 0 && grantsWithout(lost, grants).length === lost.length;
}

function creation(
  situation: Situation,
  staying: readonly ObservedShare[],
  bundle: Bundle,
  mayGrow: boolean,
): Step | null {
  const missing = absentFrom(staying, bundle, null);
  if (missing.length === 0) return null;
  if (!mayGrow) return { kind: 'stop', code: 'share-gone', reason: `no share is left for ${missing.join(', ')}` };
  return withEntities(situation, missing, (entities) => ({ kind: 'create-share', bundle, entities }));
}

/** Nothing is taken away while somebody who was added is not there. */
function arrival(staying: readonly ObservedShare[], { share, bundle }: Assignment): Step | null {
  if (bundle === null) return null;
  const late = absentFrom(staying, bundle, share).find((principal) => failureIn(share, principal) === undefined);
  if (late === undefined) return null;
  return { kind: 'wait', code: 'not-in-sync', reason: `RAM does not show ${late} in ${share.shareArn} yet` };
}

/** Whoever RAM failed to add will not come. */
function failedArrival(staying: readonly ObservedShare[], { share, bundle }: Assignment): Step | null {
  if (bundle === null) return null;
  const [absent] = absentFrom(staying, bundle, share);
  if (absent === undefined) return null;
  return { kind: 'stop', code: 'not-visible', reason: `RAM failed to associate ${absent} with ${share.shareArn}` };
}

/** Whether the image stays as it is where RAM fails to add somebody: then nobody may be left with more than is wanted. */
function staysIncomplete({ direction, onNotVisible }: Situation): boolean {
  return direction === 'forward' && onNotVisible === 'keep';
}

function deletion({ shareArn }: ObservedShare): Step {
  return { kind: 'delete-share', shareArn };
}

/** Only what is not wanted leaves: who is given the same twice keeps it, and loses nothing between two shares. */
function removal(share: ObservedShare, grants: readonly Grant[]): Step | null {
  const stale = principalsOf(excessOf(share, grants));
  if (stale.length === 0) return null;
  const leaving = share.principals.filter(({ principal }) => stale.includes(principal));
  const entities = leaving.map(({ associatedEntity }) => associatedEntity);
  return { kind: 'disassociate', shareArn: share.shareArn, entities };
}

function excessOf(share: ObservedShare, grants: readonly Grant[]): readonly Grant[] {
  return grantsWithout(shareGrants(share), grants);
}

/** RAM's names for principals; an organisation is known by its id in a policy, by its ARN in RAM. */
function withEntities(situation: Situation, principals: readonly string[], make: (entities: string[]) => Step): Step {
  const known = [...situation.observed.shares, ...situation.baseline.shares].flatMap((share) => share.principals);
  const entities = principals.map((principal) => entityOf(principal, known));
  const unknown = principals.find((_, index) => entities[index] === null);
  if (unknown !== undefined) {
    return { kind: 'stop', code: 'principal-not-promotable', reason: `RAM cannot associate ${unknown} by this name` };
  }
  return make(entities.filter((entity) => entity !== null));
}

function entityOf(principal: string, known: readonly ObservedPrincipal[]): string | null {
  if (/^[0-9]{12}$|^arn:/.test(principal)) return principal;
  return known.find((candidate) => candidate.principal === principal)?.associatedEntity ?? null;
}

/** Marks in the memory that a principal was associated with a share. */
export function associationKey(shareArn: string, principal: string): string {
  return `${shareArn} ${principal}`;
}

/** Marks in the memory that a principal is being associated with a share, and when RAM had failed to before. */
export function attemptKey(shareArn: string, principal: string, failedAtMs: number | undefined): string {
  return `${associationKey(shareArn, principal)} ${failedAtMs ?? 'new'}`;
}

function firstOf<Item>(items: readonly Item[], decide: (item: Item) => Step | null): Step | null {
  for (const item of items) {
    const step = decide(item);
    if (step !== null) return step;
  }
  return null;
}
