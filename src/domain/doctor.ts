import { errorCodes } from './errors.ts';
import type { Looked } from './looked.ts';

/** A namespace and its server, as a client sees them. */
export interface TemporalFacts {
  /** host:port */
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly isEncrypted: boolean;
  readonly serverVersion: Looked<string>;
  readonly retentionDays: Looked<number>;
  /** Search attributes that the namespace lacks; not seen where one has another type. */
  readonly missingAttributes: Looked<readonly string[]>;
  /** Identities of the workers that polled lately. */
  readonly workers: Looked<readonly string[]>;
}

/** A worker, as it sees itself. */
export interface WorkerFacts {
  readonly version: string;
  /** POLICY_ROLLOUT_BUILD_ID; null where workers are not versioned. */
  readonly buildId: string | null;
  readonly nodeVersion: string;
  /** SHA-256 of its file of limits and what the file allows; null where it has none. */
  readonly limits: {
    readonly sha256: string;
    /** Without a role the worker uses its own credentials there. */
    readonly ownerAccounts: readonly { readonly account: string; readonly roleArn: string | null }[];
    /** Further roles that a manifest may name. */
    readonly assumableRoleArns: readonly string[];
    readonly grantableAccounts: readonly string[];
    readonly grantableOrganizations: readonly string[];
    readonly maxImages: number;
  } | null;
}

/** One account and Region, as a worker sees it: the owner's side, or a consumer's. */
export interface AccountFacts {
  readonly side: 'owner' | 'consumer';
  readonly account: string;
  readonly region: string;
  /** The role that the worker assumes there; null where it uses its own credentials. Not seen where its limits forbid it. */
  readonly roleArn: Looked<string | null>;
  /** The account of its credentials. */
  readonly identity: Looked<string>;
  /** Null where there is no image to try it with. */
  readonly imageBuilder: Looked<null> | null;
  readonly ram: Looked<null>;
  /** By how much AWS's clock is ahead of the worker's; 0 where AWS was not asked. */
  readonly clockSkewMs: number;
  /** Null on a consumer's side. */
  readonly sharing: Looked<SharingFacts> | null;
  /** Why the worker's limits forbid what the manifest wants here; null where they do not. */
  readonly beyondLimits: string | null;
}

/** What RAM says of an owner's account. */
export interface SharingFacts {
  /** Customer managed permissions for images. */
  readonly permissionNames: readonly string[];
  /** Those that the manifest needs and nobody has made yet. */
  readonly missingPermissionNames: readonly string[];
  /** Those of this product that no share uses. */
  readonly unusedPermissionNames: readonly string[];
  /** Accounts that have not accepted an invitation to a share of the image; null where there is no image. */
  readonly pendingAccounts: readonly string[] | null;
}

/** Everything that was looked at. */
export interface SetupFacts {
  readonly nodeVersion: string;
  /** Path of the file of limits on this machine and what is wrong with it; null where the environment names none. */
  readonly limitsFile: Looked<string> | null;
  readonly temporal: Looked<TemporalFacts>;
  /** Whether TLS is asked for towards the server, also where it cannot be reached. */
  readonly isTlsAsked: boolean;
  /** Null where no worker could be asked. */
  readonly worker: Looked<WorkerFacts> | null;
  readonly accounts: readonly AccountFacts[];
}

/** One thing that was checked. */
export interface Check {
  readonly id: string;
  /** What was checked: an address, an account and Region. */
  readonly subject: string;
  readonly level: 'ok' | 'warn' | 'fail';
  /** What was found, as a sentence. */
  readonly finding: string;
  /** What to do; null where nothing is. */
  readonly remedy: string | null;
}

type Unseen = Extract<Looked<never>, { readonly isSeen: false }>;

const oldestNode = [20, 19] as const;
const oldestServer = [1, 29] as const;
// An undo and a report need the histories.
const fewestRetentionDays = 7;
// [D] RAM quota "Customer managed permissions per resource type".
const mostPermissions = 10;
// AWS refuses signatures that are five minutes off, and a clock that goes wrong gets there.
const longestSkewMs = 120_000;

/** Judges a set-up: one check for each thing that was looked at, in the order in which a person would go through them. */
export function diagnose({
  nodeVersion,
  limitsFile,
  temporal,
  isTlsAsked,
  worker,
  accounts,
}: SetupFacts): readonly Check[] {
  return [
    checkNode(nodeVersion, 'node', 'this machine'),
    ...(limitsFile === null ? [] : [checkLimitsFile(limitsFile)]),
    ...(temporal.isSeen
      ? checkTemporal(temporal.value)
      : [withTlsInMind(failed(engineId('temporal', temporal), 'the connection', temporal), temporal, isTlsAsked)]),
    ...(worker === null ? [] : checkWorker(worker)),
    ...accounts.flatMap(checkAccount),
  ];
}

/** Whether anything has to be mended before a rollout can work. */
export function hasFailure(checks: readonly Check[]): boolean {
  return checks.some(({ level }) => level === 'fail');
}

function checkNode(version: string, id: string, subject: string): Check {
  if (!isOlder(version, oldestNode)) return ok(id, subject, `Node ${version}`);
  return { id, subject, level: 'fail', finding: `Node ${version} is too old`, remedy: 'Install Node 20.19 or newer.' };
}

function checkLimitsFile(file: Looked<string>): Check {
  return file.isSeen ? ok('limits-file', file.value, 'the file is valid') : failed('limits-file', 'the file', file);
}

function checkTemporal(facts: TemporalFacts): readonly Check[] {
  const { address, namespace, taskQueue, isEncrypted, serverVersion, retentionDays, missingAttributes } = facts;
  return [
    serverVersion.isSeen
      ? checkServer(serverVersion.value, address)
      : withTlsInMind(failed('temporal', address, serverVersion), serverVersion, isEncrypted),
    checkTls(address, isEncrypted),
    seen('namespace', namespace, retentionDays, (days) => checkRetention(days, namespace)),
    // Where there is no namespace, these would only say so again.
    ...(retentionDays.isSeen
      ? [
          seen('search-attributes', namespace, missingAttributes, (names) => checkAttributes(names, namespace)),
          seen('worker', taskQueue, facts.workers, (identities) => checkPollers(identities, taskQueue)),
        ]
      : []),
  ];
}

// A server that does not speak TLS, or speaks another, is just as silent as one that is not there.
function withTlsInMind(check: Check, { code }: Unseen, isTlsAsked: boolean): Check {
  if (!isTlsAsked || code !== 'temporal-unreachable') return check;
  const hint = 'TLS is on here, by TEMPORAL_TLS, TEMPORAL_TLS_* or a key: see whether the server has it.';
  return { ...check, remedy: check.remedy === null ? hint : `${check.remedy} ${hint}` };
}

function checkServer(version: string, address: string): Check {
  if (!isOlder(version, oldestServer)) return ok('temporal', address, `server ${version}`);
  const remedy = 'Upgrade the server to 1.29 or newer, one minor version after the other.';
  return { id: 'temporal', subject: address, level: 'warn', finding: `server ${version} was never tried`, remedy };
}

function checkTls(address: string, isEncrypted: boolean): Check {
  const isLocal = /^(localhost|127\.|\[?::1)/.test(address);
  if (isEncrypted || isLocal) return ok('tls', address, isEncrypted ? 'TLS' : 'no TLS, and it stays on this machine');
  const finding = 'what goes to the server can be read on the way';
  return { id: 'tls', subject: address, level: 'warn', finding, remedy: 'Set TEMPORAL_TLS, TEMPORAL_TLS_* or a key.' };
}

function checkRetention(days: number, namespace: string): Check {
  if (days >= fewestRetentionDays) return ok('namespace', namespace, `finished rollouts are kept for ${days} days`);
  return {
    id: 'namespace',
    subject: namespace,
    level: 'warn',
    finding: `finished rollouts are kept for ${days} days only, and reports are read from them`,
    remedy: 'Run `policy-rollout setup --retention 30`.',
  };
}

function checkAttributes(missing: readonly string[], namespace: string): Check {
  if (missing.length === 0) return ok('search-attributes', namespace, 'all are registered');
  return {
    id: 'search-attributes',
    subject: namespace,
    level: 'fail',
    finding: `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`,
    remedy: errorCodes['temporal-attributes-missing'].hint,
  };
}

function checkPollers(identities: readonly string[], taskQueue: string): Check {
  if (identities.length > 0) return ok('worker', taskQueue, `${identities.join(', ')} polls`);
  return {
    id: 'worker',
    subject: taskQueue,
    level: 'fail',
    finding: 'no worker polls the task queue',
    remedy: errorCodes['no-worker'].hint,
  };
}

function checkWorker(worker: Looked<WorkerFacts>): readonly Check[] {
  if (!worker.isSeen) return [failed(engineId('worker', worker), 'its answer', worker)];
  const { version, buildId, nodeVersion, limits } = worker.value;
  const subject = `version ${version}${buildId === null ? '' : `, build ${buildId}`}`;
  if (limits !== null) {
    const { ownerAccounts, assumableRoleArns, grantableAccounts, grantableOrganizations, maxImages, sha256 } = limits;
    const accounts = ownerAccounts.map(({ account, roleArn }) =>
      roleArn === null ? account : `${account} by ${roleArn}`,
    );
    const owners = `images of ${listed(accounts)}`;
    const roles = assumableRoleArns.length === 0 ? '' : `further roles ${listed(assumableRoleArns)}, `;
    const grantees = `access for ${listed([...grantableAccounts, ...grantableOrganizations])}`;
    const finding = `${owners}, ${roles}${grantees}, at most ${maxImages} images a rollout (${sha256.slice(0, 12)})`;
    return [checkNode(nodeVersion, 'worker-node', subject), ok('worker-limits', subject, finding)];
  }
  const noLimits: Check = {
    id: 'worker-limits',
    subject,
    level: 'warn',
    finding: 'the worker has no limits: whoever can start a rollout can give access to anybody',
    remedy: 'Start it with POLICY_ROLLOUT_LIMITS, the path of a file such as examples/limits.yaml.',
  };
  return [checkNode(nodeVersion, 'worker-node', subject), noLimits];
}

function checkAccount(facts: AccountFacts): readonly Check[] {
  const { side, account, region, roleArn, identity, imageBuilder, ram, sharing, clockSkewMs, beyondLimits } = facts;
  const subject = `${side} ${account} ${region}`;
  if (!roleArn.isSeen) return [failed('role', subject, roleArn)];
  const role = roleArn.value ?? "the worker's own credentials";
  // What else fails may fail because of it: AWS calls a signature of another time anything but that.
  if (Math.abs(clockSkewMs) >= longestSkewMs) return [wrongClock(subject, clockSkewMs)];
  if (!identity.isSeen) return [failed('role', subject, identity)];
  if (identity.value !== account) return [foreignIdentity(subject, role, identity.value)];
  return [
    ok('role', subject, role),
    ...(imageBuilder === null
      ? []
      : [seen('image-builder', subject, imageBuilder, () => ok('image-builder', subject, 'images can be read'))]),
    seen('ram', subject, ram, () => ok('ram', subject, 'shares can be read')),
    ...(sharing === null || !ram.isSeen ? [] : checkSharing(subject, sharing)),
    ...(beyondLimits === null ? [] : [limited(subject, beyondLimits)]),
  ];
}

function foreignIdentity(subject: string, role: string, account: string): Check {
  return {
    id: 'role',
    subject,
    level: 'fail',
    finding: `${role} belong to the account ${account}`,
    remedy: "Name a role of this account under accounts of the manifest, or in the worker's limits.",
  };
}

function wrongClock(subject: string, clockSkewMs: number): Check {
  const minutes = Math.round(Math.abs(clockSkewMs) / 60_000);
  const finding = `the worker's clock is ${minutes} min ${clockSkewMs > 0 ? 'behind' : 'ahead'}`;
  return { id: 'clock', subject, level: 'fail', finding, remedy: 'Let NTP set the clock of the worker.' };
}

function checkSharing(subject: string, sharing: Looked<SharingFacts>): readonly Check[] {
  if (!sharing.isSeen) return [failed('permissions', subject, sharing)];
  const { pendingAccounts } = sharing.value;
  return [
    checkPermissions(subject, sharing.value),
    ...(pendingAccounts === null ? [] : [checkInvitations(subject, pendingAccounts)]),
  ];
}

function checkPermissions(
  subject: string,
  { permissionNames, missingPermissionNames, unusedPermissionNames: unused }: SharingFacts,
): Check {
  const count = permissionNames.length;
  const missing = missingPermissionNames.length;
  const needed = missing === 0 ? '' : `, and the manifest needs ${missing} more`;
  const found = `${count} of ${mostPermissions} customer managed permissions for images exist${needed}`;
  if (count + missing <= mostPermissions && count < mostPermissions && unused.length === 0)
    return ok('permissions', subject, found);
  // A full quota stands in the way only of a policy that needs another one.
  const level = count + missing > mostPermissions ? 'fail' : 'warn';
  const delete_ = `Delete the unused ${unused.join(', ')} in RAM; they grant nothing.`;
  const remedy = unused.length > 0 ? delete_ : errorCodes['permission-quota'].hint;
  return { id: 'permissions', subject, level, finding: found, remedy };
}

function checkInvitations(subject: string, accounts: readonly string[]): Check {
  if (accounts.length === 0)
    return ok('organization', subject, 'RAM shows the owner no account that has to accept an invitation');
  return {
    id: 'organization',
    subject,
    level: 'warn',
    finding: `${accounts.join(', ')} ${accounts.length === 1 ? 'has' : 'have'} not accepted an invitation`,
    remedy:
      'Accept it there within 12 hours; of accounts of your own organisation RAM asks nothing once sharing with it is enabled in RAM (EnableSharingWithAwsOrganization).',
  };
}

function limited(subject: string, finding: string): Check {
  return { id: 'limits', subject, level: 'fail', finding, remedy: errorCodes['limits-exceeded'].hint };
}

function seen<T>(id: string, subject: string, looked: Looked<T>, judge: (value: T) => Check): Check {
  return looked.isSeen ? judge(looked.value) : failed(id, subject, looked);
}

function failed(id: string, subject: string, { code, detail }: Unseen): Check {
  // Too many calls at this moment say nothing about the set-up.
  const level = code === 'aws-throttled' ? 'warn' : 'fail';
  return { id, subject, level, finding: detail, remedy: errorCodes[code].hint };
}

// Keys are asked for on the way to the server and to the worker, and are a matter of their own.
function engineId(id: string, { code }: Unseen): string {
  const isAboutKeys = ['codec-keys-invalid', 'file-not-found', 'payload-undecryptable'].includes(code);
  return isAboutKeys ? 'payload-keys' : id;
}

function ok(id: string, subject: string, finding: string): Check {
  return { id, subject, level: 'ok', finding, remedy: null };
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'nobody' : names.join(', ');
}

function isOlder(version: string, [oldestMajor, oldestMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
