import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadLimits } from '../../src/config/limits.ts';
import { limitsJsonSchema } from '../../src/config/limits-schema.ts';
import { sha256 } from '../../src/sha256.ts';
import { aFolder } from '../support/manifest-folder.ts';

const head = 'apiVersion: policy-rollout/v1\n';

async function load(text: string) {
  const folder = await aFolder({ 'limits.yaml': text });
  return loadLimits(join(folder, 'limits.yaml'));
}

describe("the file of a worker's limits", () => {
  it('is read whole', async () => {
    const text = `${head}ownerAccounts:
  '111111111111': { roleArn: 'arn:aws:iam::111111111111:role/publisher', externalId: abc }
  '444444444444': {}
assumableRoles: [{ roleArn: 'arn:aws:iam::222222222222:role/reader' }]
grantTo: { accounts: ['222222222222'], organizations: [o-abc123] }
maxImages: 7
`;

    expect(await load(text)).toEqual({
      rules: {
        ownerAccounts: {
          '111111111111': { roleArn: 'arn:aws:iam::111111111111:role/publisher', externalId: 'abc' },
          '444444444444': null,
        },
        assumableRoles: [{ roleArn: 'arn:aws:iam::222222222222:role/reader' }],
        grantableAccounts: ['222222222222'],
        grantableOrganizations: ['o-abc123'],
        maxImages: 7,
      },
      sha256: sha256(text),
    });
  });

  it('lets nobody have access where it names nobody', async () => {
    const { rules } = await load(`${head}ownerAccounts: {}`);

    expect(rules).toEqual({
      ownerAccounts: {},
      assumableRoles: [],
      grantableAccounts: [],
      grantableOrganizations: [],
      maxImages: 10_000,
    });
  });

  it('keeps an account id whose leading zero YAML would drop', async () => {
    const { rules } = await load(`${head}ownerAccounts: { 012345678901: {} }`);

    expect(Object.keys(rules.ownerAccounts)).toEqual(['012345678901']);
  });

  it.each([
    ['nothing', '', 1, 'The file is empty'],
    ['wrong syntax', `${head}ownerAccounts: [`, 1, 'syntax'],
    ['no owners', head, 1, 'ownerAccounts is missing'],
    ['an owner that is no account', `${head}ownerAccounts: { '12': {} }`, 1, 'not an account id'],
    ['an owner called __proto__', `${head}ownerAccounts: { __proto__: {} }`, 1, 'A key is called __proto__'],
    ['an owner twice', `${head}ownerAccounts: { 111111111111: {}, '111111111111': {} }`, 1, 'The key stands twice'],
    [
      'a role of another account',
      `${head}ownerAccounts: { '111111111111': { roleArn: 'arn:aws:iam::222222222222:role/a' } }`,
      1,
      'a role of another account',
    ],
    [
      'an external id without role',
      `${head}ownerAccounts: { '111111111111': { externalId: abc } }`,
      1,
      'stands without roleArn',
    ],
    [
      'an external id with a space',
      `${head}ownerAccounts: {}\nassumableRoles: [{ roleArn: 'arn:aws:iam::222222222222:role/a', externalId: 'a b' }]`,
      1,
      'not an external id',
    ],
    [
      'two slips',
      `${head}ownerAccounts: {}\ngrantTo: { acounts: [], organizations: [x] }`,
      2,
      'Did you mean "accounts"?',
    ],
  ])('with %s is refused', async (_, text, count, words) => {
    const refusal = load(text);

    await expect(refusal).rejects.toMatchObject({ code: 'limits-invalid', context: { problems: { length: count } } });
    await expect(refusal).rejects.toSatisfy((error: object) =>
      JSON.stringify(error).includes(JSON.stringify(words).slice(1, -1)),
    );
  });

  it('that is not there is not found', async () => {
    const folder = await aFolder({});

    await expect(loadLimits(join(folder, 'none.yaml'))).rejects.toMatchObject({ code: 'file-not-found' });
  });

  it('of the examples is valid', async () => {
    const { rules } = await loadLimits(new URL('../../examples/limits.yaml', import.meta.url).pathname);

    expect(rules.grantableAccounts).toEqual(['222222222222', '333333333333']);
  });

  it('has a JSON Schema', () => {
    expect(limitsJsonSchema()).toMatchObject({ type: 'object', required: ['apiVersion', 'ownerAccounts'] });
  });
});
