import { NamespaceNotFoundError } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { setTimeout as pause } from 'node:timers/promises';
import { searchAttributes } from '../contracts/search-attributes.ts';
import { AppError } from '../domain/errors.ts';
import type { TemporalAccess } from './connection.ts';

/** How a namespace is set up. */
export interface SetupOptions {
  /** Keeps finished rollouts this long; with it, a namespace that is missing is made. */
  readonly retentionDays?: number;
}

/** What {@link setUpNamespace} did; all of it is empty when it is repeated. */
export interface SetupResult {
  readonly namespace: string;
  readonly isNamespaceMade: boolean;
  /** Null where it was not asked for, or was so already. */
  readonly retentionSetDays: number | null;
  readonly registeredAttributes: readonly string[];
}

// Number of Keyword in Temporal's IndexedValueType.
const keywordType = 2;
const secondsPerDay = 86_400;
const msPerDay = 86_400_000;
// Frontends read namespaces, and with them the names of search attributes, from a cache that is renewed within 10 s.
const knownWithinMs = 20_000;
const knownPauseMs = 250;

/** Makes a namespace ready for rollouts; see `PolicyRolloutClient.setup`. */
export async function setUpNamespace(access: TemporalAccess, { retentionDays }: SetupOptions): Promise<SetupResult> {
  const keptDays = await readRetentionDays(access);
  const isNamespaceMade = keptDays === null && retentionDays !== undefined;
  if (keptDays === null && retentionDays === undefined) {
    const detail = `There is no namespace ${access.namespace} at ${access.address}`;
    throw new AppError('temporal-namespace-missing', detail, { item: access.namespace });
  }
  const isRetentionSet = retentionDays !== undefined && retentionDays !== keptDays;
  if (isRetentionSet) await (isNamespaceMade ? makeNamespace : changeRetention)(access, retentionDays);
  const registered = await registerAttributes(access);
  return {
    namespace: access.namespace,
    isNamespaceMade,
    retentionSetDays: isRetentionSet ? retentionDays : null,
    registeredAttributes: registered,
  };
}

/** Throws `temporal-attributes-missing` where the namespace lacks one of our search attributes or has it with another type. */
export async function requireAttributes(access: TemporalAccess): Promise<void> {
  const missing = await listMissingAttributes(access);
  if (missing.length === 0) return;
  const detail = `Namespace ${access.namespace} lacks ${missing.join(', ')}`;
  throw new AppError('temporal-attributes-missing', detail, { item: access.namespace });
}

/** How long the namespace keeps finished rollouts, in days; null where there is no namespace. */
export async function readRetentionDays({ client, namespace, call }: TemporalAccess): Promise<number | null> {
  try {
    const { config } = await call(() => client.workflowService.describeNamespace({ namespace }));
    return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / secondsPerDay;
  } catch (error) {
    if (isNamespaceMissing(error)) return null;
    throw error;
  }
}

async function makeNamespace(access: TemporalAccess, retentionDays: number): Promise<void> {
  const { client, namespace, call } = access;
  await call(() =>
    client.workflowService.registerNamespace({
      namespace,
      description: 'Rollouts of EC2 Image Builder image policies',
      workflowExecutionRetentionPeriod: msToTs(retentionDays * msPerDay),
    }),
  );
  await untilKnown(isNamespaceMissing, () => listMissingAttributes(access));
}

/** Asks until what has just been made is known to the frontends, too. */
async function untilKnown(isUnknown: (error: unknown) => boolean, ask: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + knownWithinMs;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (!isUnknown(error) || Date.now() > deadline) throw error;
      await pause(knownPauseMs);
    }
  }
}

async function changeRetention({ client, namespace, call }: TemporalAccess, retentionDays: number): Promise<void> {
  const config = { workflowExecutionRetentionTtl: msToTs(retentionDays * msPerDay) };
  await call(() => client.workflowService.updateNamespace({ namespace, config }));
}

async function registerAttributes(access: TemporalAccess): Promise<readonly string[]> {
  const { client, namespace, call } = access;
  const missing = await listMissingAttributes(access);
  if (missing.length === 0) return missing;
  const types = Object.fromEntries(missing.map((name) => [name, keywordType]));
  await call(() => client.connection.operatorService.addSearchAttributes({ namespace, searchAttributes: types }));
  // The list has them at once, but starts are refused until they can be searched by.
  const query = missing.map((name) => `${name} = 'none'`).join(' OR ');
  await untilKnown(areAttributesMissing, () => call(() => client.workflow.count(query)));
  return missing;
}

/** Our search attributes that the namespace lacks. Throws `temporal-attributes-missing` where one has another type. */
export async function listMissingAttributes({ client, namespace, call }: TemporalAccess): Promise<readonly string[]> {
  const { customAttributes } = await call(() => client.connection.operatorService.listSearchAttributes({ namespace }));
  const existing = new Map<string, number>(Object.entries(customAttributes));
  // Adding a name that exists with another type succeeds and changes nothing, so the types are compared here.
  const wrong = searchAttributes.filter(({ name }) => existing.has(name) && existing.get(name) !== keywordType);
  if (wrong.length > 0) {
    const names = wrong.map(({ name }) => name).join(', ');
    const detail = `Namespace ${namespace} has ${names} with another type than Keyword; use another namespace`;
    throw new AppError('temporal-attributes-missing', detail, { item: namespace });
  }
  return searchAttributes.map(({ name }) => name).filter((name) => !existing.has(name));
}

function areAttributesMissing(error: unknown): boolean {
  return error instanceof AppError && error.code === 'temporal-attributes-missing';
}

function isNamespaceMissing(error: unknown): boolean {
  if (error instanceof NamespaceNotFoundError) return true;
  return error instanceof AppError && error.code === 'temporal-namespace-missing';
}
