import { describe, expect, it } from 'vitest';
import type { LaunchPermission } from '../../src/domain/launch-permission.ts';
import { withoutLaunchPermission } from '../../src/domain/launch-permission.ts';
import { a, b, organization, ownerAccount } from '../support/builders.ts';

const nobody: LaunchPermission = { isPublic: false, accounts: [], organizations: [] };
const unit = 'ou-abcd-12345678';
const [roleOfA, roleOfOwner] = [a, ownerAccount].map((account) => `arn:aws:iam::${account}:role/reader`);

describe('the principals without launch permission', () => {
  it.each<[string, readonly string[], Partial<LaunchPermission>, readonly string[]]>([
    ['every account where nobody may launch', [a, b], {}, [a, b]],
    ['nobody where everybody may launch', [a, b, organization], { isPublic: true }, []],
    ['the accounts that are not named', [a, b], { accounts: [a] }, [b]],
    ['roles of accounts that are not named', [roleOfA ?? '', b], { accounts: [b] }, [roleOfA ?? '']],
    ['never the owner, nor everybody, nor a service', [roleOfOwner ?? '', '*', 'ec2.amazonaws.com'], {}, []],
    ['an organisation that is not named', [organization], { organizations: ['o-other', unit] }, [organization]],
    ['no organisation and no unit that is named', [organization, unit], { organizations: [organization, unit] }, []],
    ['no account and no other unit where one is named that they may be in', [a, unit], { organizations: ['o-x'] }, []],
    ['a unit where only accounts are named', [unit], { accounts: [a] }, [unit]],
  ])('are %s', (_, principals, permission, lacking) => {
    expect(withoutLaunchPermission(principals, ownerAccount, { ...nobody, ...permission })).toEqual(lacking);
  });
});
