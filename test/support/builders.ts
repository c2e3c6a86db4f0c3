import type { Selection } from '../../src/contracts/rollout.ts';
import { parseImageArn } from '../../src/domain/arn.ts';
import { bundlesOf } from '../../src/domain/bundles.ts';
import type { Grant } from '../../src/domain/grants.ts';
import { normalGrants } from '../../src/domain/grants.ts';
import type { Baseline, ObservedImage, ObservedPrincipal, ObservedShare } from '../../src/domain/observation.ts';
import { policyGrants } from '../../src/domain/policy.ts';
import { baselineOf, isStandard, shareGrants } from '../../src/domain/shares.ts';
import type { Memory, Situation, Target } from '../../src/domain/situation.ts';

/** Builders of valid things: a test names only what matters to it. */
export const ownerAccount = '111111111111';
export const a = '222222222222';
export const b = '333333333333';
export const c = '444444444444';
export const organization = 'o-abcdefgh12';
export const image = parseImageArn(`arn:aws:imagebuilder:us-east-1:${ownerAccount}:image/web/1.0.0/1`);
export const pair = ['imagebuilder:GetImage', 'imagebuilder:ListImages'];
export const getOnly = ['imagebuilder:GetImage'];

/** Each action for each principal. */
export function grantsTo(principals: readonly string[], actions: readonly string[] = pair): readonly Grant[] {
  return normalGrants(principals.flatMap((principal) => actions.map((action) => ({ principal, action }))));
}

/** A document of one statement for each set of actions, and one more for each organisation. */
export function documentOf(grants: readonly Grant[]): string {
  const statements = bundlesOf(grants).flatMap(({ actions, principals }) => {
    const allow = { Effect: 'Allow', Action: actions, Resource: image };
    const accounts = principals.filter((principal) => !isOrganization(principal));
    const organizations = principals.filter(isOrganization).map((id) => ({
      ...allow,
      Principal: '*',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': id } },
    }));
    return [...(accounts.length > 0 ? [{ ...allow, Principal: { AWS: accounts } }] : []), ...organizations];
  });
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** What a rollout wants; nobody is wanted without a document. */
export function aTarget(grants: readonly Grant[]): Target {
  return { grants, document: grants.length === 0 ? null : documentOf(grants) };
}

/** RAM's name for a principal. */
export function entityOf(principal: string): string {
  return isOrganization(principal) ? `arn:aws:organizations::999999999999:organization/${principal}` : principal;
}

export function aPrincipal(principal: string, change: Partial<ObservedPrincipal> = {}): ObservedPrincipal {
  return {
    principal,
    associatedEntity: entityOf(principal),
    status: 'ASSOCIATED',
    changedAtMs: 0,
    hasPendingInvitation: false,
    ...change,
  };
}

/** A share by number: STANDARD, of ours, for nobody, unless it is said otherwise. */
export function aShare(
  number: number,
  principals: readonly (string | ObservedPrincipal)[] = [],
  { actions = pair, ...change }: Partial<ObservedShare> & { readonly actions?: readonly string[] } = {},
): ObservedShare {
  return {
    shareArn: shareArn(number),
    name: `share ${number}`,
    featureSet: 'STANDARD',
    status: 'ACTIVE',
    rolloutTag: 'earlier',
    imageStatus: 'ASSOCIATED',
    otherResourceCount: 0,
    principals: principals.map((principal) => (typeof principal === 'string' ? aPrincipal(principal) : principal)),
    permissions: [{ permissionArn: 'arn:aws:ram::aws:permission/Images', featureSet: 'STANDARD', actions }],
    ...change,
  };
}

export function shareArn(number: number): string {
  return `arn:aws:ram:us-east-1:${ownerAccount}:resource-share/${String(number).padStart(8, '0')}`;
}

/** An image with a policy of its own, and shares; RAM has written what STANDARD shares give into the policy. */
export function anImage(own: readonly Grant[] = [], shares: readonly ObservedShare[] = []): ObservedImage {
  const grants = normalGrants([...own, ...shares.filter(isStandard).flatMap(shareGrants)]);
  const policy = grants.length === 0 ? null : documentOf(grants);
  return {
    image,
    observedAtMs: 1_000_000,
    policy,
    policyGrants: policy === null ? [] : policyGrants(policy, ownerAccount),
    shares,
  };
}

export const emptyMemory: Memory = {
  ownShareArns: [],
  unmatchedShareArns: [],
  promotedPermissionShareArns: [],
  associated: [],
  attempted: [],
  removedShareArns: [],
  taggedForGoodShareArns: [],
};

/** A forward step before the first write, on an image that is as it was; A and B are wanted. */
export function aSituation(
  observed: ObservedImage,
  { memory = {}, ...change }: Partial<Omit<Situation, 'memory'>> & { readonly memory?: Partial<Memory> } = {},
): Situation {
  const baseline: Baseline = baselineOf(observed);
  return {
    observed,
    baseline,
    wanted: aTarget(grantsTo([a, b])),
    direction: 'forward',
    foreignShares: 'block',
    onNotVisible: 'keep',
    acceptanceGraceMs: 5_000,
    hasWritten: false,
    isSettling: false,
    ...change,
    memory: { ...emptyMemory, ...memory },
  };
}

function isOrganization(principal: string): boolean {
  return principal.startsWith('o-');
}

/** Selects the latest build of every image of an account in one Region. */
export const anySelection: Selection = {
  account: ownerAccount,
  regions: ['us-east-1'],
  partition: 'aws',
  name: '*',
  version: 'latest',
  build: 'latest',
  minAgeMs: 0,
  tags: {},
};
