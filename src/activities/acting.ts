import { activityInfo } from '@temporalio/activity';
import type { AwsAccess } from '../aws/access.ts';
import * as acts from '../aws/acts.ts';
import { isAbort } from '../aws/faults.ts';
import type { PermissionBody } from '../aws/permission-body.ts';
import { findPermission, hasPermissionNamed } from '../aws/permissions.ts';
import type { StepInput } from '../contracts/activities.ts';
import { associationKey, attemptKey } from '../domain/align.ts';
import type { Bundle } from '../domain/bundles.ts';
import { permissionText } from '../domain/bundles.ts';
import { AppError, errorCodes } from '../domain/errors.ts';
import { rolloutTagKey } from '../domain/observation.ts';
import { emptyPolicy, ownerOnlyPolicy, statementlessPolicy } from '../domain/policy.ts';
import { canonicalPrincipal } from '../domain/principal.ts';
import type { Memory } from '../domain/situation.ts';
import type { Act } from '../domain/step.ts';
import { timingOf } from '../domain/timing.ts';
import { sha256 } from '../sha256.ts';
import type { Attempt } from './attempt.ts';
import type { Dependencies } from './dependencies.ts';
import { isRecent, withDone } from './done-acts.ts';
import { permissionName } from './permission-name.ts';

/** What an act is done with. */
export interface Stage {
  readonly dependencies: Dependencies;
  readonly attempt: Attempt;
  readonly access: AwsAccess;
  readonly input: StepInput;
}

/** Does one act, and notes in the record what it found out. Throws AppErrors as AWS gave them. */
export async function perform(stage: Stage, act: Act): Promise<void> {
  switch (act.kind) {
    case 'put':
      return put(stage, act, act.document);
    case 'erase':
      return erase(stage, act);
    case 'promote':
      return promote(stage, act);
    case 'promote-permission':
      return promotePermission(stage, act);
    case 'tag':
      return tag(stage, act);
    case 'untag':
      return untag(stage, act);
    case 'create-share':
      return createShare(stage, act);
    case 'replace-permission':
      return replacePermission(stage, act);
    case 'associate':
      return associate(stage, act);
    case 'disassociate':
      return disassociate(stage, act);
    case 'remove-image':
    case 'delete-share':
      return remove(stage, act);
  }
}

async function put(stage: Stage, act: Act, document: string): Promise<void> {
  const { dependencies, access, input, attempt } = stage;
  await write(stage, act, () =>
    acts.putImagePolicy(dependencies.clients, access, { image: input.image, document }, attempt),
  );
}

// What Image Builder takes for "no policy" is not documented, and there is no call that deletes one.
async function erase(stage: Stage, act: Act): Promise<void> {
  for (const document of [emptyPolicy, statementlessPolicy, ownerOnlyPolicy(stage.input.image)]) {
    try {
      await put(stage, act, document);
      return;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'aws-request-invalid') throw error;
    }
  }
  const { image } = stage.input;
  throw new AppError('policy-not-erasable', `Image Builder refuses every empty policy for ${image}`, { item: image });
}

async function promote(stage: Stage, act: Extract<Act, { kind: 'promote' }>): Promise<void> {
  const { dependencies, access, attempt } = stage;
  const { shareArn } = act;
  remember(stage, 'ownShareArns', shareArn);
  try {
    await write(stage, act, () => acts.promoteShare(dependencies.clients, access, { shareArn }, attempt));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'permission-unmatched') throw error;
    const isNew = !attempt.record().memory.unmatchedShareArns.includes(shareArn);
    remember(stage, 'unmatchedShareArns', shareArn);
    // Its permission was promoted, and RAM does not know of it yet.
    if (!isNew) throw error;
  }
}

async function promotePermission(stage: Stage, act: Extract<Act, { kind: 'promote-permission' }>): Promise<void> {
  const { dependencies, access, attempt } = stage;
  const { permissionArn } = act.permission;
  const name = permissionName(act.permission);
  const call = { permissionArn, name, clientToken: clientToken(act.kind, permissionArn) };
  // The name says what is in it: another image may have made it, or an attempt whose answer was lost.
  const isThere = (): Promise<boolean> => hasPermissionNamed(dependencies.clients, access, name, attempt);
  if (!(await isThere())) {
    try {
      await write(stage, act, () => acts.promotePermission(dependencies.clients, access, call, attempt));
    } catch (error) {
      // How RAM refuses a name that was taken in the meantime is not documented.
      if (!isRefused(error) || !(await isThere())) throw error;
    }
  }
  remember(stage, 'promotedPermissionShareArns', act.shareArn);
}

async function tag(stage: Stage, act: Extract<Act, { kind: 'tag' }>): Promise<void> {
  const { dependencies, access, attempt, input } = stage;
  const { shareArn } = act;
  const tags = { [rolloutTagKey]: input.rolloutName };
  remember(stage, 'ownShareArns', shareArn);
  await write(stage, act, () => acts.tagShare(dependencies.clients, access, { shareArn, tags }, attempt));
}

async function untag(stage: Stage, act: Extract<Act, { kind: 'untag' }>): Promise<void> {
  const { dependencies, access, attempt } = stage;
  const { shareArn } = act;
  const tagKeys = [rolloutTagKey];
  try {
    await write(stage, act, () => acts.untagShare(dependencies.clients, access, { shareArn, tagKeys }, attempt));
  } catch (error) {
    // A role that may not take tags away must not fail an undo that gave all access back.
    if (!(error instanceof AppError) || errorCodes[error.code].retry !== 'never') throw error;
    remember(stage, 'taggedForGoodShareArns', shareArn);
  }
}

async function createShare(stage: Stage, act: Extract<Act, { kind: 'create-share' }>): Promise<void> {
  const { dependencies, access, attempt, input } = stage;
  const permissionArn = await ensurePermission(stage, act.bundle);
  const token = clientToken(act.kind, permissionText(act.bundle));
  const share = {
    name: createdShareName(input.rolloutName),
    image: input.image,
    entities: act.entities,
    permissionArn,
    tags: { [rolloutTagKey]: input.rolloutName },
    allowExternalPrincipals: true,
    clientToken: token,
  };
  let shareArn = '';
  await write(stage, act, async () => {
    const made = await acts.createShare(dependencies.clients, access, share, attempt);
    ({ shareArn } = made);
    return made;
  });
  remember(stage, 'ownShareArns', shareArn);
}

/**
 * The name of the shares that a transaction makes. All of its steps know it, so that the undo finds one whose making was
 * not answered.
 */
export function createdShareName(rolloutName: string): string {
  return `policy-rollout-${rolloutName}-${sha256(JSON.stringify(activityInfo().workflowExecution)).slice(0, 16)}`;
}

async function replacePermission(stage: Stage, act: Extract<Act, { kind: 'replace-permission' }>): Promise<void> {
  const { dependencies, access, attempt } = stage;
  const permissionArn = await ensurePermission(stage, act.bundle);
  const { shareArn } = act;
  const call = { shareArn, permissionArn, clientToken: clientToken(act.kind, shareArn, permissionArn) };
  await write(stage, act, () => acts.replaceSharePermission(dependencies.clients, access, call, attempt));
}

async function associate(stage: Stage, act: Extract<Act, { kind: 'associate' }>): Promise<void> {
  const { dependencies, access, attempt } = stage;
  const { shareArn, entities, failedAtMs = {} } = act;
  const principals = entities.map(canonicalPrincipal);
  const call = { shareArn, entities, clientToken: clientToken(act.kind, shareArn, ...entities) };
  for (const principal of principals) {
    remember(stage, 'attempted', attemptKey(shareArn, principal, failedAtMs[principal]));
  }
  await write(stage, act, () => acts.associatePrincipals(dependencies.clients, access, call, attempt));
  for (const principal of principals) remember(stage, 'associated', associationKey(shareArn, principal));
}

async function disassociate(stage: Stage, act: Extract<Act, { kind: 'disassociate' }>): Promise<void> {
  const { dependencies, access, attempt } = stage;
  const call = { ...act, clientToken: clientToken(act.kind, act.shareArn, ...act.entities) };
  await write(stage, act, () => acts.disassociatePrincipals(dependencies.clients, access, call, attempt));
}

async function remove(stage: Stage, act: Extract<Act, { kind: 'remove-image' | 'delete-share' }>): Promise<void> {
  const { dependencies, access, attempt, input } = stage;
  const { kind, shareArn } = act;
  const call = { shareArn, image: input.image, clientToken: clientToken(kind, shareArn, input.image) };
  const doIt = kind === 'delete-share' ? acts.deleteShare : acts.disassociateImage;
  await write(stage, act, () => doIt(dependencies.clients, access, call, attempt));
  remember(stage, 'removedShareArns', shareArn);
}

/** A permission that allows exactly what the bundle says: one that is there, else a new one named by its content. */
async function ensurePermission(stage: Stage, bundle: Bundle): Promise<string> {
  const { dependencies, access, attempt } = stage;
  const { actions, condition } = bundle;
  const body = condition === undefined ? { actions } : { actions, condition };
  const found = await findPermission(dependencies.clients, access, body, attempt);
  if (found !== null) return found;
  try {
    return await newPermission(stage, { ...body, name: permissionName(bundle) });
  } catch (error) {
    const made = isRefused(error) ? await findPermission(dependencies.clients, access, body, attempt) : null;
    if (made === null) throw error;
    return made;
  }
}

/**
 * Makes a permission. Many images may need the same one: the first makes it, and the others have its ARN, or its failure,
 * for as long as a list may not show it.
 */
async function newPermission(
  { dependencies, access, attempt, input }: Stage,
  permission: PermissionBody & { readonly name: string },
): Promise<string> {
  const { clients, now } = dependencies;
  const { name } = permission;
  const key = JSON.stringify([access.account, access.region, name]);
  const known = clients.newPermissions.get(key);
  if (known !== undefined && isRecent(known.sinceMs, now(), input.options)) {
    try {
      return await known.arn;
    } catch (error) {
      // The one who made it was cancelled, which says nothing about the others.
      if (!isAbort(error)) throw error;
    }
  }
  const call = { ...permission, clientToken: clientToken('create-permission', name) };
  const arn = acts.createPermission(clients, access, call, attempt).then(({ permissionArn }) => permissionArn);
  const making = { arn, sinceMs: now() };
  clients.newPermissions.set(key, making);
  try {
    return await arn;
  } catch (error) {
    if (clients.newPermissions.get(key) === making) clients.newPermissions.delete(key);
    throw error;
  }
}

/**
 * Calls a write once. What is about to happen is saved before, because an answer that is lost leaves nothing else behind;
 * a refusal takes it back. It is not told: after a worker that died, the next attempt takes it that something was written.
 */
async function write(
  { attempt, dependencies, input }: Stage,
  act: Act,
  once: () => Promise<{ readonly requestId: string }>,
): Promise<void> {
  const before = attempt.record();
  const sentAtMs = dependencies.now();
  const unansweredUntilMs = sentAtMs + timingOf(input.options).unansweredMs;
  attempt.save({
    hasWritten: before.hasWritten === 'yes' ? 'yes' : 'maybe',
    unansweredUntilMs,
    lastWriteAtMs: sentAtMs,
  });
  try {
    const { requestId } = await once();
    const { requestIds } = before;
    attempt.save({
      hasWritten: 'yes',
      unansweredUntilMs: before.unansweredUntilMs,
      lastWriteAtMs: dependencies.now(),
      doneActs: withDone(before, act, dependencies.now()),
      requestIds: requestId === '' ? requestIds : [...requestIds, requestId],
    });
  } catch (error) {
    const { hasWritten, lastWriteAtMs } = before;
    if (isAnswered(error)) attempt.save({ unansweredUntilMs: before.unansweredUntilMs });
    if (isRefused(error)) attempt.save({ hasWritten, lastWriteAtMs });
    throw error;
  }
}

/** Whether AWS, not something on the way to it, has answered: then nothing happens later. */
function isAnswered(error: unknown): boolean {
  return isRefused(error) || (error instanceof AppError && error.context.requestId !== undefined);
}

/** Whether AWS has answered that it did nothing. */
function isRefused(error: unknown): boolean {
  return error instanceof AppError && error.context.isUnanswered !== true;
}

function remember({ attempt }: Stage, key: keyof Memory, value: string): void {
  const { memory } = attempt.record();
  if (memory[key].includes(value)) return;
  attempt.save({ memory: { ...memory, [key]: [...memory[key], value] } });
  attempt.tell();
}

// RAM answers a repeated token as it did before, so a repeat after a lost answer has no second effect. The same act of
// another step is another act.
function clientToken(...parts: readonly string[]): string {
  const { workflowExecution, activityId } = activityInfo();
  return sha256(JSON.stringify([workflowExecution, activityId, ...parts]));
}
