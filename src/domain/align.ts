import type { Bundle } from './bundles.ts';
import { bundlesOf, permissionText, sharePermissionText } from './bundles.ts';
import type { Grant } from './grants.ts';
import type { ObservedPrincipal, ObservedShare } from './observation.ts';
import { isGiven } from './shares.ts';
import type { Situation } from './situation.ts';
import type { Step } from './step.ts';

/** A share, and what it has to give in the end; null where it has to give nothing more. */
interface Assignment {
  readonly share: ObservedShare;
  readonly bundle: Bundle | null;
}

/**
 * Decides the next change of STANDARD shares of ours towards the grants: adds before it takes away, and takes away
 * only once everything that is added is there. Null where nothing is left to change.
 */
export function nextAlignment(
  situation: Situation,
  grants: readonly Grant[],
  shares: readonly ObservedShare[],
): Step | null {
  const { assignments, unassigned } = assign(bundlesOf(grants), shares);
  const step =
    firstOf(assignments, (assignment) => addition(situation, assignment)) ??
    firstOf(assignments, permissionChange) ??
    creation(situation, unassigned) ??
    firstOf(assignments, (assignment) => unfinished(situation, assignment)) ??
    firstOf(assignments, removal);
  return step === null ? null : refuseSharedShare(step, shares);
}

/** Gives each bundle the share that has its permission already, else one that no bundle needs. */
function assign(
  bundles: readonly Bundle[],
  shares: readonly ObservedShare[],
): { assignments: readonly Assignment[]; unassigned: readonly Bundle[] } {
  const matching = (share: ObservedShare) =>
    bundles.find((bundle) => permissionText(bundle) === sharePermissionText(share));
  const taken = new Set<Bundle>();
  const assignments: Assignment[] = [];
  const free: ObservedShare[] = [];
  for (const share of shares) {
    const bundle = matching(share);
    if (bundle === undefined) free.push(share);
    else assignments.push({ share, bundle: taken.has(bundle) ? withoutAdding(share, bundle) : bundle });
    if (bundle !== undefined) taken.add(bundle);
  }
  const waiting = bundles.filter((bundle) => !taken.has(bundle));
  const changed = free.map((share, index) => ({ share, bundle: waiting[index] ?? null }));
  return { assignments: [...assignments, ...changed], unassigned: waiting.slice(free.length) };
}

/** A second share with the same permission keeps what it gives of the bundle; what is missing goes into the first. */
function withoutAdding(share: ObservedShare, bundle: Bundle): Bundle {
  const given = new Set(share.principals.filter(isGiven).map(({ principal }) => principal));
  return { ...bundle, principals: bundle.principals.filter((principal) => given.has(principal)) };
}

function addition(situation: Situation, { share, bundle }: Assignment): Step | null {
  const missing = (bundle?.principals ?? []).filter((principal) => isToBeAdded(situation, share, principal));
  return missing.length === 0
    ? null
    : withEntities(situation, missing, (entities) => ({
        kind: 'associate',
        shareArn: share.shareArn,
        entities,
      }));
}

function isToBeAdded(situation: Situation, share: ObservedShare, principal: string): boolean {
  const isTried = situation.memory.associated.includes(associationKey(share.shareArn, principal));
  return !isTried && !isGivenSomewhere(situation, share, principal);
}

/** Whether this share, or another with the same permission, gives it to the principal. */
function isGivenSomewhere({ observed }: Situation, share: ObservedShare, principal: string): boolean {
  return observed.shares
    .filter((other) => other.shareArn === share.shareArn || sharePermissionText(other) === sharePermissionText(share))
    .some((other) => other.principals.some((candidate) => candidate.principal === principal && isGiven(candidate)));
}

function permissionChange({ share, bundle }: Assignment): Step | null {
  if (bundle === null || permissionText(bundle) === sharePermissionText(share)) return null;
  return { kind: 'replace-permission', shareArn: share.shareArn, bundle };
}

function creation(situation: Situation, [bundle]: readonly Bundle[]): Step | null {
  if (bundle === undefined) return null;
  if (situation.direction === 'backward') {
    return { kind: 'stop', code: 'share-gone', reason: `no share is left for ${bundle.principals.join(', ')}` };
  }
  return withEntities(situation, bundle.principals, (entities) => ({ kind: 'create-share', bundle, entities }));
}

/** Nothing is taken away while something that was added is not there; what failed will not come. */
function unfinished(situation: Situation, { share, bundle }: Assignment): Step | null {
  const absent = (bundle?.principals ?? []).find((principal) => !isGivenSomewhere(situation, share, principal));
  if (absent === undefined) return null;
  const hasFailed = share.principals.some(({ principal, status }) => principal === absent && status === 'FAILED');
  return hasFailed
    ? { kind: 'stop', code: 'not-visible', reason: `RAM failed to associate ${absent} with ${share.shareArn}` }
    : { kind: 'wait', code: 'not-in-sync', reason: `RAM does not show ${absent} in ${share.shareArn} yet` };
}

function removal({ share, bundle }: Assignment): Step | null {
  const stale = share.principals.filter(
    (principal) => isGiven(principal) && !(bundle?.principals.includes(principal.principal) ?? false),
  );
  if (stale.length === 0) return null;
  return {
    kind: 'disassociate',
    shareArn: share.shareArn,
    entities: stale.map(({ associatedEntity }) => associatedEntity),
  };
}

/** Whatever is done to a share with other resources in it would change the access to those too. */
function refuseSharedShare(step: Step, shares: readonly ObservedShare[]): Step {
  if (!('shareArn' in step)) return step;
  const share = shares.find(({ shareArn }) => shareArn === step.shareArn);
  if (share === undefined || share.otherResourceCount === 0) return step;
  const reason = `${share.shareArn} also covers ${share.otherResourceCount} other resources`;
  return { kind: 'stop', code: 'share-covers-others', reason };
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

function firstOf<Item>(items: readonly Item[], decide: (item: Item) => Step | null): Step | null {
  for (const item of items) {
    const step = decide(item);
    if (step !== null) return step;
  }
  return null;
}
