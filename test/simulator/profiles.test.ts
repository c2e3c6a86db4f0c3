import { GetImageCommand } from '@aws-sdk/client-imagebuilder';
import {
  DeleteResourceShareCommand,
  GetResourceShareInvitationsCommand,
  ListResourceSharePermissionsCommand,
  PromotePermissionCreatedFromPolicyCommand,
} from '@aws-sdk/client-ram';
import { describe, expect, it } from 'vitest';
import { behaviourAnswers, isProfileName, profiles } from '../../src/simulator/profiles.ts';
import type { Behaviour } from '../../src/simulator/profiles.ts';
import type { SimulatorOptions } from '../../src/simulator/simulator.ts';
import { accessDips, aPolicy, aSimulator, anImageArn, ownerAccount } from '../support/simulator.ts';
import {
  associate,
  clientsOf,
  disassociate,
  onlyShareArnOf,
  policyOf,
  principalsOf,
  promote,
  put,
  putText,
  shareArnsOf,
  shareAt,
  shareByPolicy,
} from './clients.ts';
import type { Clients } from './clients.ts';

const imageArn = anImageArn();
const [consumer, other] = ['222222222222', '333333333333'];
const pair = ['imagebuilder:GetImage', 'imagebuilder:ListImages'];
const roleArn = `arn:aws:iam::${consumer}:role/reader`;
const organization = { id: 'o-company', managementAccount: '999999999999', members: [ownerAccount] };

it('11.1 gives every answer in some profile', () => {
  const given = new Set(Object.values(profiles).flatMap((profile) => Object.entries(profile).map(String)));

  const missing = Object.entries(behaviourAnswers)
    .flatMap(([dimension, answers]) => Object.keys(answers).map((answer) => `${dimension},${answer}`))
    .filter((answer) => !given.has(answer));

  expect(missing).toEqual([]);
});

describe('putOverStandard', () => {
  it('11.2 fork: makes a second share of what is new', async () => {
    const { clients, simulator } = await withProfile({ putOverStandard: 'fork' });
    const first = await shareByPolicy(clients, imageArn, [consumer]);

    await put(clients, imageArn, [consumer, other]);

    const [, second = ''] = await shareArnsOf(clients, imageArn);
    expect(await principalsOf(clients, second)).toEqual({ [other]: 'ASSOCIATED' });
    expect(await principalsOf(clients, first)).toEqual({ [consumer]: 'ASSOCIATED' });
    expect(await shareAt(clients, second)).toMatchObject({ featureSet: 'CREATED_FROM_POLICY' });
    expect(simulator.image(imageArn)).toMatchObject({ access: [consumer, other], sees: [consumer] });
  });

  it('11.2 rewrite: brings the share in line', async () => {
    const { clients, simulator } = await withProfile({ putOverStandard: 'rewrite' });
    const arn = await shareByPolicy(clients, imageArn, [consumer]);

    await put(clients, imageArn, [other]);

    expect(await principalsOf(clients, arn)).toEqual({ [consumer]: 'DISASSOCIATED', [other]: 'ASSOCIATED' });
    expect(simulator.image(imageArn)).toMatchObject({ access: [other], sees: [other] });
  });

  it('11.2 lost: holds for a while only', async () => {
    const { clients, simulator } = await withProfile({ putOverStandard: 'lost' }, { settings: { shareLagMs: 60_000 } });
    await put(clients, imageArn, [consumer]);
    simulator.settle();
    await promote(clients, await onlyShareArnOf(clients, imageArn));

    await put(clients, imageArn, [other]);
    const during = simulator.image(imageArn)?.access;
    simulator.settle();

    expect(during).toEqual([other]);
    expect(simulator.image(imageArn)?.access).toEqual([consumer]);
    expect(accessDips(simulator, imageArn)).toEqual([]);
    expect(simulator.accessHistory(imageArn).map(({ principals }) => principals)).toEqual([
      [],
      [consumer],
      [other],
      [consumer],
    ]);
  });

  it('11.2 refused: answers InvalidParameterValueException', async () => {
    const { clients, simulator } = await withProfile({ putOverStandard: 'refused' });
    await shareByPolicy(clients, imageArn, [consumer]);

    await expect(put(clients, imageArn, [other])).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    expect(simulator.image(imageArn)?.access).toEqual([consumer]);
  });
});

describe('erase', () => {
  const erasers = {
    'empty document': '{}',
    'empty Statement': JSON.stringify({ Version: '2012-10-17', Statement: [] }),
    'owner alone': aPolicy(imageArn, [ownerAccount]),
  };

  it.each([
    ['empty-document', ['empty document', 'empty Statement', 'owner alone']],
    ['empty-statement-only', ['empty Statement', 'owner alone']],
    ['owner-only', ['owner alone']],
    ['none', []],
  ] as const)('11.3 %s: takes %j', async (erase, taken) => {
    const { clients, simulator } = await withProfile({ erase });

    const worked: string[] = [];
    for (const [name, text] of Object.entries(erasers)) {
      await put(clients, imageArn, [consumer]);
      await putText(clients, imageArn, text).catch(() => undefined);
      if (simulator.image(imageArn)?.access.length === 0) worked.push(name);
    }

    expect(worked).toEqual(taken);
  });

  it.each([
    ['goes', 0],
    ['stays', 1],
  ] as const)('11.4 the share %s', async (erasedShare, count) => {
    const { clients, simulator } = await withProfile({ erase: 'empty-document', erasedShare });
    await put(clients, imageArn, [consumer]);

    await putText(clients, imageArn, '{}');

    expect(await shareArnsOf(clients, imageArn)).toHaveLength(count);
    expect(await policyOf(clients, imageArn)).toBe('{}');
    expect(simulator.image(imageArn)?.access).toEqual([]);
  });
});

it.each([
  ['yes', true],
  ['no', 'UnmatchedPolicyPermissionException'],
] as const)('11.5 defaultPairMatches %s', async (defaultPairMatches, outcome) => {
  const { clients } = await withProfile({ defaultPairMatches });
  await put(clients, imageArn, [consumer]);

  expect(await outcomeOf(promote(clients, await onlyShareArnOf(clients, imageArn)))).toBe(outcome);
});

it.each([
  ['invalid-state', 'InvalidStateTransitionException'],
  ['not-permitted', 'OperationNotPermittedException'],
  ['success', true],
] as const)('11.6 promoteTwice %s', async (promoteTwice, outcome) => {
  const { clients, simulator } = await withProfile({ promoteTwice });
  const arn = await shareByPolicy(clients, imageArn, [consumer]);

  expect(await outcomeOf(promote(clients, arn))).toBe(outcome);
  expect(simulator.journal().at(-1)).toMatchObject({ alreadyHeld: true, effect: false });
});

describe('promotable', () => {
  const answers = [
    ['promotable', true],
    ['OperationNotPermitted', 'OperationNotPermittedException'],
    ['InvalidPolicy', 'InvalidPolicyException'],
  ] as const;

  it.each(answers)('11.7 rolePrincipal %s', async (rolePrincipal, outcome) => {
    const { clients } = await withProfile({ rolePrincipal });
    await put(clients, imageArn, [roleArn]);

    expect(await outcomeOf(promote(clients, await onlyShareArnOf(clients, imageArn)))).toBe(outcome);
  });

  it.each(answers)('11.7 orgCondition %s', async (orgCondition, outcome) => {
    const { clients } = await withProfile({ orgCondition });
    const Condition = { StringEquals: { 'aws:PrincipalOrgID': 'o-simulated01' } };
    const statement = { Effect: 'Allow', Principal: '*', Action: pair, Resource: imageArn, Condition };
    await putText(clients, imageArn, JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
    const arn = await onlyShareArnOf(clients, imageArn);

    expect(Object.keys(await principalsOf(clients, arn))).toEqual([
      'arn:aws:organizations::999999999999:organization/o-simulated01',
    ]);
    expect(await outcomeOf(promote(clients, arn))).toBe(outcome);
  });
});

it.each([
  ['refused', 'InvalidParameterValueException'],
  ['unpromotable', 'InvalidPolicyException'],
] as const)('11.8 unusualStatement %s', async (unusualStatement, outcome) => {
  const { clients } = await withProfile({ unusualStatement });
  const statement = { Effect: 'Allow', Principal: { AWS: consumer }, Action: pair, Resource: '*' };
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });

  const attempt = async () => {
    await putText(clients, imageArn, policy);
    return promote(clients, await onlyShareArnOf(clients, imageArn));
  };

  expect(await outcomeOf(attempt())).toBe(outcome);
});

it.each([
  ['one-share', 1],
  ['several-shares', 2],
] as const)('11.9 severalStatements %s', async (severalStatements, count) => {
  const { clients } = await withProfile({ severalStatements });
  const Statement = [consumer, other].map((AWS) => {
    return { Effect: 'Allow', Principal: { AWS }, Action: pair, Resource: imageArn };
  });

  await putText(clients, imageArn, JSON.stringify({ Version: '2012-10-17', Statement }));

  expect(await shareArnsOf(clients, imageArn)).toHaveLength(count);
});

it.each([
  ['no-share', 0],
  ['share', 1],
] as const)('11.10 ownerOnlyPolicy %s', async (ownerOnlyPolicy, count) => {
  const { clients, simulator } = await withProfile({ ownerOnlyPolicy });

  await put(clients, imageArn, [ownerAccount]);

  expect(await shareArnsOf(clients, imageArn)).toHaveLength(count);
  expect(simulator.image(imageArn)?.access).toEqual([]);
});

it.each([
  ['share-follows', [other]],
  ['share-stays-stale', [consumer]],
] as const)('11.11 putOverUnpromoted %s', async (putOverUnpromoted, seeing) => {
  const { clients, simulator } = await withProfile({ putOverUnpromoted });
  await put(clients, imageArn, [consumer]);

  await put(clients, imageArn, [other]);
  const access = simulator.image(imageArn)?.access;
  await promote(clients, await onlyShareArnOf(clients, imageArn));

  expect(access).toEqual([other]);
  expect(simulator.image(imageArn)).toMatchObject({ access: seeing, sees: seeing });
});

it.each([
  ['stay-associated', 'ASSOCIATED'],
  ['fall-back-to-associating', 'ASSOCIATING'],
] as const)('11.12 promotedPrincipals %s', async (promotedPrincipals, status) => {
  const { clients, simulator } = await withProfile({ promotedPrincipals }, { settings: { associationLagMs: 60_000 } });

  const arn = await shareByPolicy(clients, imageArn, [consumer]);
  const during = { principals: await principalsOf(clients, arn), access: simulator.image(imageArn)?.access };
  simulator.settle();

  expect(during).toEqual({ principals: { [consumer]: status }, access: [consumer] });
  expect(await principalsOf(clients, arn)).toEqual({ [consumer]: 'ASSOCIATED' });
});

it.each(['same', 'new'] as const)('11.13 promotedShareArn %s', async (promotedShareArn) => {
  const { clients, simulator } = await withProfile({ promotedShareArn });
  await put(clients, imageArn, [consumer]);
  const before = await onlyShareArnOf(clients, imageArn);

  await promote(clients, before);

  const after = await onlyShareArnOf(clients, imageArn);
  expect(after === before).toBe(promotedShareArn === 'same');
  expect((await shareAt(clients, before)).status).toBe(promotedShareArn === 'same' ? 'ACTIVE' : 'DELETED');
  expect(simulator.image(imageArn)).toMatchObject({ access: [consumer], sees: [consumer] });
});

it('11.14 readBack as-put: answers the text for as long as its grants hold', async () => {
  const { clients } = await withProfile({ readBack: 'as-put' });
  const text = aPolicy(imageArn, [consumer]);

  const arn = await shareByPolicy(clients, imageArn, [consumer]);
  const afterPromotion = await policyOf(clients, imageArn);
  await associate(clients, arn, [other]);

  expect(afterPromotion).toBe(text);
  expect(await policyOf(clients, imageArn)).toContain(`arn:aws:iam::${other}:root`);
});

it('11.14 readBack merged: answers its own document', async () => {
  const { clients } = await withProfile({ readBack: 'merged' });

  await put(clients, imageArn, [consumer]);

  expect(await policyOf(clients, imageArn)).not.toBe(aPolicy(imageArn, [consumer]));
});

it.each([
  ['Forbidden403', 403, 'ForbiddenException'],
  ['Client400', 400, 'ClientException'],
  ['InvalidRequest400', 400, 'InvalidRequestException'],
] as const)('11.15 hiddenImage %s', async (hiddenImage, httpStatusCode, name) => {
  const { simulator } = await withProfile({ hiddenImage });
  const { images } = clientsOf(simulator, { account: consumer });

  const reading = images.send(new GetImageCommand({ imageBuildVersionArn: imageArn }));

  await expect(reading).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
});

it.each([
  ['by-arn', [consumer]],
  ['none', []],
] as const)('11.16 unpromotedAccess %s', async (unpromotedAccess, access) => {
  const { clients, simulator } = await withProfile({ unpromotedAccess });

  await put(clients, imageArn, [consumer]);
  const before = simulator.image(imageArn)?.access;
  await promote(clients, await onlyShareArnOf(clients, imageArn));

  expect(before).toEqual(access);
  expect(simulator.image(imageArn)?.access).toEqual([consumer]);
});

it.each([
  ['not-permitted', 'OperationNotPermittedException', [consumer]],
  ['allowed', true, []],
] as const)('11.17 deleteUnpromotedShare %s', async (deleteUnpromotedShare, outcome, access) => {
  const { clients, simulator } = await withProfile({ deleteUnpromotedShare });
  await put(clients, imageArn, [consumer]);

  expect(await outcomeOf(deleteShare(clients, await onlyShareArnOf(clients, imageArn)))).toBe(outcome);
  expect(simulator.image(imageArn)?.access).toEqual(access);
});

it.each([
  ['invalid-state', 'InvalidStateTransitionException'],
  ['allowed', true],
] as const)('11.17 deletePromotingShare %s', async (deletePromotingShare, outcome) => {
  const { clients } = await withProfile({ deletePromotingShare }, { settings: { promotionLagMs: 60_000 } });
  await put(clients, imageArn, [consumer]);
  const arn = await onlyShareArnOf(clients, imageArn);
  await promote(clients, arn);

  expect(await outcomeOf(deleteShare(clients, arn))).toBe(outcome);
});

it.each([
  [{ permissionNameTaken: 'PermissionAlreadyExists409' }, 'taken', 'PermissionAlreadyExistsException', 409],
  [{ permissionNameTaken: 'InvalidParameter400' }, 'taken', 'InvalidParameterException', 400],
  [{ permissionQuota: 'PermissionLimitExceeded400' }, 'new', 'PermissionLimitExceededException', 400],
  [{ permissionQuota: 'OperationNotPermitted400' }, 'new', 'OperationNotPermittedException', 400],
] as const)('11.18 %j', async (behaviour, name, errorName, httpStatusCode) => {
  const permissions = [{ account: ownerAccount, region: 'us-east-1', name: 'taken', actions: ['imagebuilder:*'] }];
  const seed = { images: [{ arn: imageArn }], permissions };
  const { clients } = await withProfile(behaviour, { seed, settings: { maxPermissionCount: 1 } });
  await put(clients, imageArn, [consumer], ['imagebuilder:GetImage']);
  const resourceShareArn = await onlyShareArnOf(clients, imageArn);
  const listed = await clients.ram.send(new ListResourceSharePermissionsCommand({ resourceShareArn }));
  const permissionArn = listed.permissions?.[0]?.arn;

  const promotion = clients.ram.send(new PromotePermissionCreatedFromPolicyCommand({ permissionArn, name }));

  await expect(promotion).rejects.toMatchObject({ name: errorName, $metadata: { httpStatusCode } });
});

it.each([
  ['none', 'ASSOCIATED', [consumer]],
  ['sent-access-kept', 'ASSOCIATING', [consumer]],
  ['sent-access-lost', 'ASSOCIATING', []],
] as const)('11.19 invitationOnPromotion %s', async (invitationOnPromotion, status, access) => {
  const { clients, simulator } = await withProfile({ invitationOnPromotion }, { settings: { organization } });

  const arn = await shareByPolicy(clients, imageArn, [consumer]);
  const before = { principals: await principalsOf(clients, arn), access: simulator.image(imageArn)?.access };
  simulator.act({ kind: 'accept-invitations', account: consumer, region: 'us-east-1' });

  expect(before).toEqual({ principals: { [consumer]: status }, access });
  expect(simulator.image(imageArn)).toMatchObject({ access: [consumer], sees: [consumer] });
});

it.each([
  ['yes', 1],
  ['no', 0],
] as const)('11.20 outsideInvitationVisibleToOwner %s', async (outsideInvitationVisibleToOwner, count) => {
  const { clients, simulator } = await withProfile({ outsideInvitationVisibleToOwner }, { settings: { organization } });
  await shareByPolicy(clients, imageArn, [consumer]);
  const question = new GetResourceShareInvitationsCommand({});

  const ofOwner = await clients.ram.send(question);
  const ofGuest = await clientsOf(simulator, { account: consumer }).ram.send(question);

  expect(ofOwner.resourceShareInvitations).toHaveLength(count);
  expect(ofGuest.resourceShareInvitations).toHaveLength(1);
});

it.each([
  ['allowed', undefined],
  ['refused', 'OperationNotPermittedException'],
] as const)('11.21 autoShareExternalPrincipals %s', async (autoShareExternalPrincipals, outcome) => {
  const members = [ownerAccount, consumer];
  const settings = { organization: { ...organization, members } };
  const { clients } = await withProfile({ autoShareExternalPrincipals }, { settings });
  const arn = await shareByPolicy(clients, imageArn, [consumer]);

  expect((await shareAt(clients, arn)).allowExternalPrincipals).toBe(autoShareExternalPrincipals === 'allowed');
  expect(await outcomeOf(associate(clients, arn, [other]))).toBe(outcome);
});

it.each([
  ['unchecked', undefined],
  ['checked', 'InvalidParameterValueException'],
] as const)('11.22 underlyingAccess %s', async (underlyingAccess, outcome) => {
  const seed = { images: [{ arn: imageArn, launchPermission: { userIds: [consumer] } }] };
  const { clients } = await withProfile({ underlyingAccess }, { seed });

  expect(await outcomeOf(put(clients, imageArn, [consumer]))).toBeUndefined();
  expect(await outcomeOf(put(clients, imageArn, [consumer, other]))).toBe(outcome);
});

it.each(Object.keys(profiles).filter(isProfileName))(
  '11.1 shares and unshares an image by RAM alone under the profile %s',
  async (profile) => {
    const seed = { images: [{ arn: imageArn }], shares: [{ images: [imageArn], principals: [consumer] }] };
    const simulator = await aSimulator({ seed, settings: { profile } });
    const clients = clientsOf(simulator);
    const arn = await onlyShareArnOf(clients, imageArn);

    await associate(clients, arn, [other]);
    await disassociate(clients, arn, [consumer]);

    expect(simulator.image(imageArn)).toMatchObject({ access: [other], sees: [other] });
  },
);

async function withProfile(behaviour: Partial<Behaviour>, options: SimulatorOptions = {}) {
  const simulator = await aSimulator({
    seed: { images: [{ arn: imageArn }] },
    ...options,
    settings: { ...options.settings, behaviour },
  });
  return { simulator, clients: clientsOf(simulator) };
}

async function deleteShare({ ram }: Clients, resourceShareArn: string): Promise<boolean | undefined> {
  return (await ram.send(new DeleteResourceShareCommand({ resourceShareArn }))).returnValue;
}

/** What a call answers, or the name of its error. */
async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => (error instanceof Error ? error.name : error));
}
