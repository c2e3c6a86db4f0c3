import type { Act, Intervention } from './acts.ts';
import type { CallFilter } from './call-filter.ts';
import type { FaultAnswer, FaultRule } from './faults.ts';
import { isJsonObject } from './json.ts';
import { behaviourAnswers, isProfileName, profiles } from './profiles.ts';
import type { Behaviour, ProfileName } from './profiles.ts';
import type { Seed, SeededImage, SeededShare } from './seed.ts';
import type { Settings } from './settings.ts';
import { aFlag, aNumber, aText, anObject, eitherOf, listOf, object, oneOf, recordOf } from './shape.ts';
import type { Shape } from './shape.ts';
import type { ImageBehaviour } from './world/records.ts';

/** A file that a simulator starts from: everything of the control API in one object. */
export type SetUp = Seed & {
  readonly settings?: Partial<Settings>;
  readonly faults?: readonly FaultRule[];
  readonly interventions?: readonly Intervention[];
};

const texts = listOf(aText);
const tags = recordOf(aText);
const associationStatus = oneOf('ASSOCIATING', 'ASSOCIATED', 'FAILED', 'DISASSOCIATING', 'SUSPENDED');

export const imageBehaviourShape: Shape<ImageBehaviour> = object(
  {},
  {
    promotion: oneOf('succeeds', 'refused', 'stuck'),
    promotionLagMs: aNumber,
    failingPrincipals: texts,
    share: oneOf('appears', 'never-appears'),
    permission: oneOf('matched', 'unmatched'),
    unsharing: oneOf('possible', 'refused'),
  },
);

const launchPermission = object(
  {},
  { userIds: texts, userGroups: texts, organizationArns: texts, organizationalUnitArns: texts },
);

const seededImage: Shape<SeededImage> = object(
  { arn: aText },
  {
    status: aText,
    dateCreated: aText,
    tags,
    policy: aText,
    launchPermission,
    behaviour: imageBehaviourShape,
  },
);

const seededShare: Shape<SeededShare> = object(
  { images: texts, principals: listOf(eitherOf(aText, object({ id: aText, status: associationStatus }, {}))) },
  {
    arn: aText,
    name: aText,
    tags,
    featureSet: oneOf('STANDARD', 'PROMOTING_TO_STANDARD'),
    status: oneOf('ACTIVE', 'PENDING', 'FAILED'),
    imageStatus: associationStatus,
    allowExternalPrincipals: aFlag,
    permissionName: aText,
  },
);

const seededPermission = object(
  { account: aText, region: aText, name: aText, actions: texts },
  { condition: anObject },
);

const seedMembers = {
  images: listOf(seededImage),
  permissions: listOf(seededPermission),
  shares: listOf(seededShare),
};

export const seedShape: Shape<Seed> = object({}, seedMembers);

const profileName: Shape<ProfileName> = {
  problems: (value, path) =>
    typeof value === 'string' && isProfileName(value)
      ? []
      : [`${path} must be one of ${Object.keys(profiles).join(', ')}`],
};

const behaviourOverrides: Shape<Partial<Behaviour>> = object(
  {},
  Object.fromEntries(
    Object.entries(behaviourAnswers).map(([dimension, answers]) => [dimension, oneOf(...Object.keys(answers))]),
  ),
);

function membersOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isJsonObject(value) ? Object.entries(value) : [];
}

const rateLimit = object(
  { operation: aText, ratePerSecond: aNumber, burst: aNumber },
  { retryAfterSeconds: aNumber, retryAfterMs: aNumber },
);

export const settingsShape: Shape<Partial<Settings>> = object(
  {},
  {
    profile: profileName,
    behaviour: behaviourOverrides,
    shareLagMs: aNumber,
    promotionLagMs: aNumber,
    associationLagMs: aNumber,
    creationLagMs: aNumber,
    invitationLifetimeMs: aNumber,
    maxPendingInvitationCount: aNumber,
    maxPermissionCount: aNumber,
    lingerMs: aNumber,
    emptyPages: aFlag,
    organization: object({ id: aText, managementAccount: aText }, { members: texts }),
    roles: listOf(object({ arn: aText }, { externalId: aText, isDenied: aFlag })),
    rateLimits: listOf(rateLimit),
  },
);

const filterMembers = {
  service: oneOf('imagebuilder', 'ram', 'sts'),
  image: aText,
  account: aText,
  region: aText,
  skip: aNumber,
  times: eitherOf(aNumber, oneOf('always')),
  probability: aNumber,
} satisfies { readonly [Name in Exclude<keyof CallFilter, 'operation'>]: Shape<CallFilter[Name]> };

/** One of several shapes, told apart by their `kind`. */
function byKind<Value>(shapes: Readonly<Record<string, Shape<unknown>>>): Shape<Value> {
  const kinds = Object.keys(shapes);
  return {
    problems: (value, path) => {
      const kind: unknown = membersOf(value).find(([name]) => name === 'kind')?.[1];
      const shape = typeof kind === 'string' ? shapes[kind] : undefined;
      return shape?.problems(value, path) ?? [`${path}.kind must be one of ${kinds.join(', ')}`];
    },
  };
}

const hint = { retryAfterSeconds: aNumber, retryAfterMs: aNumber };
const kind = aText;

const faultAnswer = byKind<FaultAnswer>({
  error: object({ kind, status: aNumber, name: aText }, { message: aText, ...hint }),
  throttle: object({ kind }, hint),
  unavailable: object({ kind }, hint),
  'server-error': object({ kind }, {}),
  'lose-response-after-effect': object({ kind }, {}),
  'reset-connection': object({ kind }, {}),
  hang: object({ kind }, {}),
  html: object({ kind, status: aNumber }, {}),
  'return-value-false': object({ kind }, {}),
  delay: object({ kind, durationMs: aNumber }, {}),
  stale: object({ kind, lagMs: aNumber }, {}),
} satisfies Readonly<Record<FaultAnswer['kind'], Shape<unknown>>>);

export const actShape = byKind<Act>({
  'put-policy': object({ kind, policy: aText }, { image: aText }),
  associate: object({ kind, principals: texts }, { image: aText }),
  disassociate: object({ kind, principals: texts }, { image: aText }),
  'disassociate-image': object({ kind }, { image: aText }),
  'delete-shares': object({ kind }, { image: aText }),
  'create-share': object({ kind, principals: texts }, { image: aText, name: aText }),
  promote: object({ kind }, { image: aText }),
  'accept-invitations': object({ kind, account: aText, region: aText }, {}),
  call: object(
    {
      kind,
      service: filterMembers.service,
      operation: aText,
      account: aText,
      region: aText,
      parameters: anObject,
    },
    {},
  ),
} satisfies Readonly<Record<Act['kind'], Shape<unknown>>>);

export const faultsShape: Shape<readonly FaultRule[]> = listOf(
  object({ operation: aText, answer: faultAnswer }, filterMembers),
);

export const interventionsShape: Shape<readonly Intervention[]> = listOf(
  object({ operation: aText, when: oneOf('before', 'after'), act: actShape }, filterMembers),
);

export const setUpShape: Shape<SetUp> = object(
  {},
  { ...seedMembers, settings: settingsShape, faults: faultsShape, interventions: interventionsShape },
);
