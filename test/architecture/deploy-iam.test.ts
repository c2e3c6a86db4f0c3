import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '../../scripts/setup/prepare.mjs';
import { limitedOperations } from '../../src/domain/rate-limits.ts';
import type { PolicyDocument } from '../support/iam-roles.ts';
import { actionsOf, iamFolder, policyOf } from '../support/iam-roles.ts';

// Every identity may ask who it is; no policy can allow or forbid it.
const freeForAll = ['sts:GetCallerIdentity'];

const serviceByPackage: Readonly<Record<string, string>> = {
  '@aws-sdk/client-imagebuilder': 'imagebuilder',
  '@aws-sdk/client-ram': 'ram',
  '@aws-sdk/client-sts': 'sts',
};

/** The actions behind the commands that a source imports from the SDK. */
function actionsCalledBy(source: string): readonly string[] {
  return [...source.matchAll(/import \{([^}]*)\} from '(@aws-sdk\/client-[a-z]+)'/g)].flatMap(
    ([, names = '', packageName = '']) =>
      [...names.matchAll(/(\w+)Command\b/g)].map(([, operation]) => `${serviceByPackage[packageName]}:${operation}`),
  );
}

async function actionsCalledByFiles(isWanted: (name: string) => boolean): Promise<readonly string[]> {
  const folder = join(projectRoot, 'src', 'aws');
  const names = (await readdir(folder)).filter(isWanted);
  const sources = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const actions = new Set(sources.flatMap(actionsCalledBy));
  return [...actions].filter((action) => !freeForAll.includes(action)).sort();
}

it('a manifest can cap every operation that the adapter calls', async () => {
  const called = await actionsCalledByFiles(() => true);

  expect([...limitedOperations]).toEqual([...new Set(called.map((action) => action.replace(/^.*:/, '')))].sort());
});

describe('the role of an owner', () => {
  it('may do exactly what the adapter calls', async () => {
    const called = await actionsCalledByFiles((name) => name !== 'consumer.ts');

    expect(actionsOf(await policyOf('owner-role.permissions'))).toEqual(called);
  });

  it('writes images, shares and permissions of its own account alone', async () => {
    const { Statement } = await policyOf('owner-role.permissions');
    const everywhere = Statement.filter(({ Resource }) => Resource === '*').map(({ Sid }) => Sid);

    // Reading lists, and making what has no ARN yet, cannot be narrowed by a resource.
    expect(everywhere).toEqual(['SelectImages', 'ReadShares', 'CreateShares', 'CreatePermissions']);
  });
});

describe('the role of a reader', () => {
  it("may do exactly what the adapter calls with a consumer's credentials", async () => {
    const called = await actionsCalledByFiles((name) => name === 'consumer.ts');

    expect(actionsOf(await policyOf('reader-role.permissions'))).toEqual(called);
  });
});

it('the role of the worker may assume the two other roles, and nothing else', async () => {
  const { Statement } = await policyOf('worker-role.permissions');

  expect(Statement).toHaveLength(1);
  expect(Statement[0]).toMatchObject({
    Action: ['sts:AssumeRole'],
    Resource: ['arn:aws:iam::*:role/image-publisher', 'arn:aws:iam::*:role/image-reader'],
  });
});

it('no role has a wildcard for an action', async () => {
  const names = (await readdir(iamFolder)).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
  const actions = (await Promise.all(names.map(policyOf))).flatMap(actionsOf);

  expect(actions.filter((action) => !/^[a-z]+:[A-Za-z]+$/.test(action))).toEqual([]);
});

it.each(['owner-role.trust', 'reader-role.trust'])('%s asks for the external id', async (name) => {
  const { Statement } = await policyOf(name);

  expect(Statement.map(({ Condition }) => Condition)).toEqual([
    { StringEquals: { 'sts:ExternalId': 'policy-rollout' } },
  ]);
});

it('a call without a permission, and a permission without a call, are found', () => {
  const source = "import { GetImageCommand, DeleteImageCommand } from '@aws-sdk/client-imagebuilder';";

  expect(actionsCalledBy(source)).toEqual(['imagebuilder:GetImage', 'imagebuilder:DeleteImage']);
});

describe('the template for many accounts', () => {
  const accountOf: Readonly<Record<string, string>> = { OwnerRole: '111111111111', ReaderRole: '222222222222' };

  /** The template with its functions worked out, as CloudFormation would in an account. */
  async function templateIn(account: string): Promise<Template> {
    const values: Readonly<Record<string, string>> = {
      'AWS::Partition': 'aws',
      'AWS::AccountId': account,
      WorkerRoleArn: 'arn:aws:iam::999999999999:role/policy-rollout-worker',
      ExternalId: 'policy-rollout',
    };
    const text = await readFile(join(iamFolder, 'roles.stackset.yaml'), 'utf8');
    return parse(text, {
      customTags: [
        { tag: '!Ref', resolve: (name: string) => values[name] ?? name },
        {
          tag: '!Sub',
          resolve: (pattern: string) =>
            pattern.replaceAll(/\$\{([^}]+)\}/g, (_all, name: string) => values[name] ?? ''),
        },
        { tag: '!GetAtt', resolve: (name: string) => name },
        { tag: '!Equals', collection: 'seq', resolve: () => true },
      ],
    }) as Template;
  }

  interface Template {
    readonly Resources: Readonly<
      Record<
        string,
        {
          readonly Properties: {
            readonly RoleName: string;
            readonly AssumeRolePolicyDocument: PolicyDocument;
            readonly Policies: readonly { readonly PolicyDocument: PolicyDocument }[];
          };
        }
      >
    >;
  }

  it.each([
    ['OwnerRole', 'owner-role', 'image-publisher'],
    ['ReaderRole', 'reader-role', 'image-reader'],
  ])('gives %s the same policies as the JSON files', async (resource, file, roleName) => {
    const { Resources } = await templateIn(accountOf[resource] ?? '');

    const role = Resources[resource]?.Properties;

    expect(role?.RoleName).toBe(roleName);
    expect(role?.AssumeRolePolicyDocument).toEqual(await policyOf(`${file}.trust`));
    expect(role?.Policies.map(({ PolicyDocument }) => PolicyDocument)).toEqual([await policyOf(`${file}.permissions`)]);
  });
});
