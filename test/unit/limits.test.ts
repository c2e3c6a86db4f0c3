import { describe, expect, it } from 'vitest';
import { parseImageArn } from '../../src/domain/arn.ts';
import type { WorkerLimits } from '../../src/domain/limits.ts';
import { assumableRole, checkImageCount, checkLimits, ownerRole } from '../../src/domain/limits.ts';

const image = parseImageArn('arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1');
const publisher = { roleArn: 'arn:aws:iam::111111111111:role/publisher', externalId: 'x' };
const reader = { roleArn: 'arn:aws:iam::222222222222:role/reader' };

function someLimits(changes: Partial<WorkerLimits> = {}): WorkerLimits {
  return {
    ownerAccounts: { '111111111111': publisher, '444444444444': null },
    assumableRoles: [reader],
    grantableAccounts: ['222222222222'],
    grantableOrganizations: ['o-abc'],
    maxImages: 10,
    ...changes,
  };
}

function refusalOf(principal: string, limits = someLimits()): string | null {
  return checkLimits(limits, { image, wantedGrants: [{ principal, action: 'imagebuilder:GetImage' }] });
}

describe("a worker's limits", () => {
  it.each(['222222222222', 'arn:aws:iam::222222222222:role/a', 'o-abc'])('let %s have access', (principal) => {
    expect(refusalOf(principal)).toBeNull();
  });

  it.each(['333333333333', 'arn:aws:iam::333333333333:role/a', 'o-def', 'ou-ab12-12345678', '*', 'ec2.amazonaws.com'])(
    'keep %s out',
    (principal) => {
      expect(refusalOf(principal)).toBe(`The worker may not give access to ${principal}.`);
    },
  );

  it('keep everybody out where they name nobody', () => {
    const limits = someLimits({ grantableAccounts: [], grantableOrganizations: [] });

    expect(refusalOf('222222222222', limits)).not.toBeNull();
    expect(checkLimits(limits, { image, wantedGrants: [] })).toBeNull();
  });

  it('keep the worker away from images of other owners, whatever is granted', () => {
    const limits = someLimits({ ownerAccounts: {} });

    expect(checkLimits(limits, { image, wantedGrants: [] })).toBe(
      'The worker may not change images of the account 111111111111.',
    );
  });

  it('bound the images of a rollout', () => {
    expect(checkImageCount(someLimits(), 10)).toBeNull();
    expect(checkImageCount(someLimits(), 11)).toBe('The worker takes 10 images a rollout, and these are 11.');
  });

  it('give the role of an owner, with its external id', () => {
    expect(ownerRole(someLimits(), '111111111111')).toEqual(publisher);
    expect(ownerRole(someLimits(), '444444444444')).toBeNull();
    expect(ownerRole(someLimits(), 'constructor')).toBeNull();
  });

  it('give a role that a manifest names only where they name it too', () => {
    expect(assumableRole(someLimits(), publisher.roleArn)).toEqual(publisher);
    expect(assumableRole(someLimits(), reader.roleArn)).toEqual(reader);
    expect(assumableRole(someLimits(), 'arn:aws:iam::222222222222:role/admin')).toBeNull();
  });
});
