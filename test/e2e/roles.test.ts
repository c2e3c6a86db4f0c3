import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListPrincipalsCommand, RAMClient } from '@aws-sdk/client-ram';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import { buildForTests, runBuiltCli, startBuiltWorker } from '../support/built-cli.ts';
import { actionsOf, policyOf } from '../support/iam-roles.ts';
import { aGuardedSimulator, startGuardedSimulator } from '../support/guarded-simulator.ts';
import { anImageArn, clientConfig } from '../support/simulator.ts';

const reader = '222222222222';
const worker = '999999999999';
const rolloutName = `roles-${process.pid}`;
const fresh = anImageArn({ name: 'fresh' });
const refused = anImageArn({ name: 'refused' });
const narrowed = anImageArn({ name: 'narrowed' });
const unmatched = anImageArn({ name: 'unmatched' });

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policy-rollout-roles-'));
  await buildForTests();
});

afterAll(() => rm(folder, { recursive: true }));

const limits = `apiVersion: policy-rollout/v1
ownerAccounts:
  '111111111111': { roleArn: 'arn:aws:iam::111111111111:role/image-publisher', externalId: policy-rollout }
assumableRoles:
  - { roleArn: 'arn:aws:iam::${reader}:role/image-reader', externalId: policy-rollout }
grantTo: { accounts: ['${reader}', '333333333333'] }
`;

function manifestOf(name: string, images: readonly string[], actions: readonly string[]): string {
  return JSON.stringify({
    apiVersion: 'policy-rollout/v1',
    name,
    policy: { principals: [reader], actions },
    images: { include: images },
    strategy: { failureToleranceCount: 1 },
    verification: {
      settle: '0s',
      consumerRoles: { [reader]: { roleArn: `arn:aws:iam::${reader}:role/image-reader` } },
    },
    accounts: { '111111111111': { roleArn: 'arn:aws:iam::111111111111:role/image-publisher' } },
  });
}

/** The calls that the role behind their credentials does not allow. */
async function callsBeyondRoles(calls: readonly JournalEntry[]): Promise<readonly string[]> {
  const allowed: Readonly<Record<string, readonly string[]>> = {
    '111111111111': actionsOf(await policyOf('owner-role.permissions')),
    [reader]: actionsOf(await policyOf('reader-role.permissions')),
    [worker]: actionsOf(await policyOf('worker-role.permissions')),
  };
  return calls
    .map(({ account, service, operation }) => ({ account, action: `${service}:${operation}` }))
    .filter(({ account, action }) => !(allowed[account]?.includes(action) ?? false))
    .map(({ account, action }) => `${account} ${action}`);
}

it('a rollout that puts, promotes, aligns and undoes calls nothing that its roles do not allow', async () => {
  const share = { images: [narrowed], principals: [reader, '333333333333'], tags: { 'policy-rollout:rollout': 'old' } };
  const simulator = await aGuardedSimulator({
    settings: {
      roles: [
        { arn: 'arn:aws:iam::111111111111:role/image-publisher', externalId: 'policy-rollout' },
        { arn: `arn:aws:iam::${reader}:role/image-reader`, externalId: 'policy-rollout' },
      ],
    },
    seed: {
      images: [
        { arn: fresh },
        { arn: refused, behaviour: { promotion: 'refused' } },
        { arn: narrowed },
        { arn: unmatched },
      ],
      shares: [share],
    },
  });
  await writeFile(join(folder, 'limits.yaml'), limits);
  const variables = {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: inject('temporalNamespace'),
    POLICY_ROLLOUT_TASK_QUEUE: rolloutName,
    POLICY_ROLLOUT_LIMITS: join(folder, 'limits.yaml'),
    AWS_ENDPOINT_URL: simulator.url,
    AWS_ACCESS_KEY_ID: `AKIA${worker}TEST`,
  };
  await startBuiltWorker(variables);
  const pair = ['imagebuilder:GetImage', 'imagebuilder:ListImages'];
  const states: string[] = [];

  for (const [name, images, actions] of [
    [rolloutName, [fresh, refused, narrowed], pair],
    [`${rolloutName}-one`, [unmatched], ['imagebuilder:GetImage']],
  ] as const) {
    await writeFile(join(folder, 'manifest.json'), manifestOf(name, images, actions));
    const run = await runBuiltCli(['apply', join(folder, 'manifest.json'), '--yes', '--json'], variables);
    const report = JSON.parse(run.stdout) as { images: { state: string }[] };
    states.push(...report.images.map(({ state }) => state));
  }

  const calls = simulator.journal().filter(({ actor }) => actor === 'client');
  // Failures first.
  expect(states).toEqual(['COMPENSATED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  const called = new Set(calls.map(({ operation }) => operation));
  const rare = ['PromotePermissionCreatedFromPolicy', 'DisassociateResourceShare', 'ListImageBuildVersions'];
  expect(rare.filter((operation) => !called.has(operation))).toEqual([]);
  expect(await callsBeyondRoles(calls)).toEqual([]);
  expect(await callsBeyondRoles(calls.map((call) => ({ ...call, account: reader })))).not.toEqual([]);
});

it('a call that no role allows is found, also where it was made before a reset', async () => {
  const simulator = await startGuardedSimulator();
  const ram = new RAMClient(clientConfig(simulator.url));
  await ram.send(new ListPrincipalsCommand({ resourceOwner: 'SELF' }));
  ram.destroy();

  simulator.reset();

  await expect(simulator.close()).rejects.toThrow('No role allows ram:ListPrincipals');
});
