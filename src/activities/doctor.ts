import { readFile } from 'node:fs/promises';
import { cancellationSignal } from '@temporalio/activity';
import type { AwsAccess, AwsCall } from '../aws/access.ts';
import {
  accountOfCredentials,
  clockSkewMs,
  clockSkewOfRefusal,
  listImagesOnce,
  listOwnPermissions,
  listPendingAccounts,
  readImageOnce,
} from '../aws/checks.ts';
import { consumerView, listSharedOnce } from '../aws/consumer.ts';
import type { Target } from '../aws/request.ts';
import type { AccountToExamine, DoctorActivities } from '../contracts/doctor.ts';
import type { ImageArn } from '../domain/arn.ts';
import { formatImageArn } from '../domain/arn.ts';
import type { AccountFacts, SharingFacts, WorkerFacts } from '../domain/doctor.ts';
import { AppError } from '../domain/errors.ts';
import type { Grant } from '../domain/grants.ts';
import { checkLimits } from '../domain/limits.ts';
import type { Looked } from '../domain/looked.ts';
import { look } from '../domain/looked.ts';
import { policyGrants, renderPolicy } from '../domain/policy.ts';
import { consumerAccessAt, ownerAccessAt } from './access.ts';
import { missingPermissions } from './missing-permissions.ts';
import { permissionNamePrefix } from './permission-name.ts';
import type { Dependencies } from './dependencies.ts';

/** The steps of `examineSetup`. What they find wrong is a fact and not a failure. */
export function doctorActivities(dependencies: Dependencies, buildId: string | null): DoctorActivities {
  return {
    /**
     * Says what this worker is and may do.
     *
     * - Effect: none. Repeat: harmless. Throws: nothing. Class: quick.
     */
    examineWorker: () => examineWorker(dependencies, buildId),
    /**
     * Tries in one account and Region what a rollout would read there.
     *
     * - Effect: none, it only reads.
     * - Repeat: harmless.
     * - Throws: nothing of its own; each call is made once, and what it came to is part of the result.
     * - Class: quick. About ten calls, and one for each customer managed permission.
     */
    examineAccount: (account) => examineAccount(dependencies, account),
  };
}

async function examineWorker({ limits }: Dependencies, buildId: string | null): Promise<WorkerFacts> {
  const rules = limits?.rules;
  return {
    version: await productVersion(),
    buildId,
    nodeVersion: process.version,
    limits:
      limits === null || rules === undefined
        ? null
        : {
            sha256: limits.sha256,
            ownerAccounts: Object.entries(rules.ownerAccounts).map(([account, role]) => ({
              account,
              roleArn: role?.roleArn ?? null,
            })),
            assumableRoleArns: rules.assumableRoles.map(({ roleArn }) => roleArn),
            grantableAccounts: rules.grantableAccounts,
            grantableOrganizations: rules.grantableOrganizations,
            maxImages: rules.maxImages,
          },
  };
}

async function examineAccount(dependencies: Dependencies, input: AccountToExamine): Promise<AccountFacts> {
  const { side, account, owner } = input;
  const access = await look(() => Promise.resolve(accessOf(dependencies, input)));
  const facts = { side, account, region: owner.region, beyondLimits: beyondLimits(dependencies, input) };
  if (!access.isSeen) return { ...facts, roleArn: access, ...unseen(access) };
  const roleArn: Looked<string | null> = { isSeen: true, value: access.value.roleArn ?? null };
  const call: AwsCall = { signal: cancellationSignal(), read: (once) => once() };
  const target = { clients: dependencies.clients, access: access.value, call };
  const { identity, skewMs } = await identify(target);
  if (!identity.isSeen) return { ...facts, roleArn, ...unseen(identity), clockSkewMs: skewMs };
  const seen = await (side === 'owner' ? examineOwner(target, input) : examineConsumer(target, input));
  return { ...facts, roleArn, identity, clockSkewMs: skewMs, ...seen };
}

/** Whose the credentials are, and by how much AWS's clock is ahead: also a refusal says what time it is there. */
async function identify(target: Target): Promise<{ readonly identity: Looked<string>; readonly skewMs: number }> {
  let refusedSkewMs = 0;
  const identity = await look(async () => {
    try {
      return await accountOfCredentials(target);
    } catch (error) {
      refusedSkewMs = clockSkewOfRefusal(error);
      throw error;
    }
  });
  return { identity, skewMs: identity.isSeen ? clockSkewMs(target) : refusedSkewMs };
}

type Seen = Pick<AccountFacts, 'imageBuilder' | 'ram' | 'sharing'>;

async function examineOwner(target: Target, input: AccountToExamine): Promise<Seen> {
  const { image } = input;
  const imageBuilder = await look(async () => {
    await (image === null ? listImagesOnce(target) : readImageOnce(target, image));
    return null;
  });
  const sharing = await look(() => examineSharing(target, input));
  return { imageBuilder, ram: sharing.isSeen ? { isSeen: true, value: null } : sharing, sharing };
}

async function examineSharing(target: Target, input: AccountToExamine): Promise<SharingFacts> {
  const { image } = input;
  const permissions = await listOwnPermissions(target);
  const permissionNames = permissions.map(({ name }) => name);
  return {
    permissionNames,
    missingPermissionNames: missingPermissions(wantedOfAny(input), permissionNames),
    unusedPermissionNames: permissions
      .filter(({ name, isUsed }) => !isUsed && name.startsWith(permissionNamePrefix))
      .map(({ name }) => name),
    pendingAccounts: image === null ? null : await listPendingAccounts(target, image),
  };
}

async function examineConsumer(target: Target, { image }: AccountToExamine): Promise<Seen> {
  const { clients, access, call } = target;
  if (image === null) {
    const ram = await look(() => listSharedOnce(target).then(() => null));
    return { imageBuilder: null, ram, sharing: null };
  }
  const seen = await look(async () => {
    const view = await consumerView(clients, access, image, call);
    if (view !== 'DENIED') return null;
    throw new AppError('aws-access-denied', `The role may not list images that are shared with ${access.account}`);
  });
  return { imageBuilder: seen, ram: seen, sharing: null };
}

function accessOf({ limits }: Dependencies, { side, account, owner, options }: AccountToExamine): AwsAccess {
  const rules = limits?.rules ?? null;
  if (side === 'owner') return ownerAccessAt(owner, options, rules);
  const access = consumerAccessAt({ ...owner, account }, options, rules);
  if (access !== null) return access;
  throw new AppError('internal', `No role is named for the consumer ${account}`);
}

function beyondLimits({ limits }: Dependencies, input: AccountToExamine): string | null {
  if (limits === null || input.side === 'consumer') return null;
  return checkLimits(limits.rules, { image: anyImageOf(input), wantedGrants: wantedOfAny(input) });
}

// Limits and permissions go by accounts, principals and actions, so one image of the account stands for all.
function anyImageOf({ owner }: AccountToExamine): ImageArn {
  return formatImageArn({ ...owner, name: 'any', version: '1.0.0', build: '1' });
}

function wantedOfAny(input: AccountToExamine): readonly Grant[] {
  const { owner, policyTemplate } = input;
  return policyTemplate === null ? [] : policyGrants(renderPolicy(policyTemplate, anyImageOf(input)), owner.account);
}

function unseen(why: Looked<never> & { isSeen: false }): Seen & Pick<AccountFacts, 'identity' | 'clockSkewMs'> {
  return { identity: why, imageBuilder: why, ram: why, sharing: null, clockSkewMs: 0 };
}

async function productVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const manifest: unknown = JSON.parse(text);
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}
