import { describe, expect, it } from 'vitest';
import { renderChecks } from '../../src/cli/render/doctor.ts';
import { withoutColour } from '../../src/cli/render/text.ts';
import type { AccountFacts, Check, SetupFacts, TemporalFacts, WorkerFacts } from '../../src/domain/doctor.ts';
import { diagnose, hasFailure } from '../../src/domain/doctor.ts';
import type { Looked } from '../../src/domain/looked.ts';

function see<T>(value: T): Looked<T> {
  return { isSeen: true, value };
}

const temporal: TemporalFacts = {
  address: 'temporal.example.com:7233',
  namespace: 'images',
  taskQueue: 'policy-rollout',
  isEncrypted: true,
  serverVersion: see('1.31.2'),
  retentionDays: see(30),
  missingAttributes: see([]),
  workers: see(['1@host']),
};

const worker: WorkerFacts = {
  version: '1.0.0',
  buildId: null,
  nodeVersion: 'v20.20.2',
  limits: {
    sha256: 'abc',
    ownerAccounts: [
      { account: '111111111111', roleArn: 'arn:aws:iam::111111111111:role/image-publisher' },
      { account: '999999999999', roleArn: null },
    ],
    assumableRoleArns: [],
    grantableAccounts: [],
    grantableOrganizations: ['o-1'],
    maxImages: 5,
  },
};

const owner: AccountFacts = {
  side: 'owner',
  account: '111111111111',
  region: 'us-east-1',
  roleArn: see('arn:aws:iam::111111111111:role/image-publisher'),
  identity: see('111111111111'),
  imageBuilder: see(null),
  ram: see(null),
  clockSkewMs: 0,
  sharing: see({ permissionNames: [], missingPermissionNames: [], unusedPermissionNames: [], pendingAccounts: [] }),
  beyondLimits: null,
};

const sound: SetupFacts = {
  nodeVersion: 'v20.19.0',
  limitsFile: null,
  temporal: see(temporal),
  isTlsAsked: true,
  worker: see(worker),
  accounts: [owner],
};

function troublesOf(facts: Partial<SetupFacts>): readonly Check[] {
  return diagnose({ ...sound, ...facts }).filter(({ level }) => level !== 'ok');
}

function withTemporal(facts: Partial<TemporalFacts>): Partial<SetupFacts> {
  return { temporal: see({ ...temporal, ...facts }) };
}

describe('the diagnosis', () => {
  it('of a sound set-up has nothing to say', () => {
    expect(troublesOf({})).toEqual([]);
  });

  it('names the limits that the worker has', () => {
    const check = diagnose(sound).find(({ id }) => id === 'worker-limits');

    expect(check?.finding).toBe(
      'images of 111111111111 by arn:aws:iam::111111111111:role/image-publisher, 999999999999, access for o-1, at most 5 images a rollout (abc)',
    );
  });

  it('names the further roles that a manifest may name', () => {
    const limits = worker.limits === null ? null : { ...worker.limits, assumableRoleArns: ['arn:reader'] };
    const check = diagnose({ ...sound, worker: see({ ...worker, limits }) }).find(({ id }) => id === 'worker-limits');

    expect(check?.finding).toContain('further roles arn:reader, access for o-1');
  });

  it('names the build of a worker that has one', () => {
    const checks = diagnose({ ...sound, worker: see({ ...worker, buildId: '2026-11' }) });

    expect(checks.find(({ id }) => id === 'worker-limits')?.subject).toBe('version 1.0.0, build 2026-11');
  });

  it.each([
    [10, 0, 'warn', '10 of 10 customer managed permissions for images exist'],
    [10, 1, 'fail', '10 of 10 customer managed permissions for images exist, and the manifest needs 1 more'],
    [9, 2, 'fail', '9 of 10 customer managed permissions for images exist, and the manifest needs 2 more'],
  ])('of %i permissions where %i more are needed is a %s', (count, missing, level, finding) => {
    const names = (length: number) => Array.from({ length }, (_, at) => `p-${at}`);
    const facts = { permissionNames: names(count), missingPermissionNames: names(missing) };
    const sharing = see({ ...facts, unusedPermissionNames: [], pendingAccounts: [] });

    expect(troublesOf({ accounts: [{ ...owner, sharing }] })).toMatchObject([{ id: 'permissions', level, finding }]);
  });

  it('of 9 permissions where the last free one is needed has nothing to say', () => {
    const permissionNames = Array.from({ length: 9 }, (_, at) => `p-${at}`);
    const sharing = see({
      permissionNames,
      missingPermissionNames: ['new'],
      unusedPermissionNames: [],
      pendingAccounts: [],
    });

    expect(troublesOf({ accounts: [{ ...owner, sharing }] })).toEqual([]);
  });

  it.each([
    [true, /TEMPORAL_ADDRESS.*TEMPORAL_TLS/],
    [false, /^(?!.*TLS).*TEMPORAL_ADDRESS/],
  ])('of a server that does not answer speaks of TLS where that is on: %s', (isEncrypted, remedy) => {
    const serverVersion = { isSeen: false, code: 'temporal-unreachable', detail: 'no answer' } as const;
    const later = troublesOf(withTemporal({ isEncrypted, serverVersion }));
    const atOnce = troublesOf({ temporal: serverVersion, isTlsAsked: isEncrypted });

    expect(later.find(({ id }) => id === 'temporal')?.remedy).toMatch(remedy);
    expect(atOnce.find(({ id }) => id === 'temporal')?.remedy).toMatch(remedy);
  });

  it.each<[what: string, facts: Partial<SetupFacts>, check: Partial<Check>]>([
    ['an old Node here', { nodeVersion: 'v20.18.9' }, { id: 'node', level: 'fail' }],
    ['an older major of Node here', { nodeVersion: 'v18.20.0' }, { id: 'node', level: 'fail' }],
    [
      'an old Node of the worker',
      { worker: see({ ...worker, nodeVersion: 'v20.3.0' }) },
      { id: 'worker-node', level: 'fail' },
    ],
    ['an old server', withTemporal({ serverVersion: see('1.28.1') }), { id: 'temporal', level: 'warn' }],
    ['a wire that is open', withTemporal({ isEncrypted: false }), { id: 'tls', level: 'warn' }],
    [
      'a worker that does not answer',
      { worker: { isSeen: false, code: 'no-worker', detail: 'timed out' }, accounts: [] },
      { id: 'worker', level: 'fail', finding: 'timed out' },
    ],
    [
      'a clock that is behind',
      { accounts: [{ ...owner, clockSkewMs: 600_000 }] },
      { id: 'clock', level: 'fail', finding: "the worker's clock is 10 min behind" },
    ],
    [
      'a clock that is ahead',
      { accounts: [{ ...owner, clockSkewMs: -300_000 }] },
      { id: 'clock', level: 'fail', finding: "the worker's clock is 5 min ahead" },
    ],
    [
      'a clock for which AWS refuses the credentials',
      {
        accounts: [
          {
            ...owner,
            clockSkewMs: 600_000,
            identity: { isSeen: false, code: 'aws-credentials-expired', detail: 'expired' },
          },
        ],
      },
      { id: 'clock', level: 'fail', finding: "the worker's clock is 10 min behind" },
    ],
    [
      'calls that AWS throttles now',
      { accounts: [{ ...owner, imageBuilder: { isSeen: false, code: 'aws-throttled', detail: 'slow down' } }] },
      { id: 'image-builder', level: 'warn' },
    ],
    [
      'permissions that cannot be listed',
      { accounts: [{ ...owner, sharing: { isSeen: false, code: 'aws-access-denied', detail: 'denied' } }] },
      { id: 'permissions', level: 'fail' },
    ],
  ])('of %s names it alone', (_what, facts, check) => {
    const troubles = troublesOf(facts);

    expect(troubles).toEqual([expect.objectContaining(check)]);
    expect(troubles[0]?.remedy).toMatch(/\.$/);
    expect(hasFailure(troubles)).toBe(check.level === 'fail');
  });

  it('does not mind a wire without TLS where the server is on this machine', () => {
    const facts = withTemporal({ isEncrypted: false, address: '127.0.0.1:7233' });

    expect(troublesOf(facts)).toEqual([]);
  });
});

it('a line shows one check, whatever AWS has put into its text', () => {
  const hostile: Check = {
    id: 'ram',
    subject: 'x\u001b[2J',
    level: 'fail',
    finding: 'a\nok  all is well',
    remedy: 'Mend.',
  };

  expect(renderChecks([hostile], withoutColour)).toEqual([
    'fail  ram  x: a ok  all is well',
    '           what to do: Mend.',
    '0 ok, 0 to look at, 1 to mend',
  ]);
});
