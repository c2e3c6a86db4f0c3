import { randomUUID } from 'node:crypto';
import type { AccountToExamine, ExaminedSetup, SetupToExamine } from '../contracts/doctor.ts';
import type { RolloutSpec } from '../contracts/rollout.ts';
import { defaultTaskQueue } from '../contracts/task-queue.ts';
import { imageArnParts } from '../domain/arn.ts';
import { answerWithinMs, whyUnanswered } from '../domain/doctor-answer.ts';
import type { SetupFacts, TemporalFacts } from '../domain/doctor.ts';
import { errorText } from '../domain/error-text.ts';
import { AppError } from '../domain/errors.ts';
import { imagesOf } from '../domain/image-set.ts';
import { look } from '../domain/looked.ts';
import { connectConfig } from './connect-config.ts';
import type { ConnectOptions, TemporalAccess } from './connection.ts';
import { openConnection } from './connection.ts';
import { listMissingAttributes, readRetentionDays } from './setup.ts';
import { listWorkers, noWorker } from './worker-presence.ts';

/** What an examination of Temporal and of the worker finds; both are facts for `diagnose`. */
export type ExaminedEngine = Pick<SetupFacts, 'temporal' | 'isTlsAsked' | 'worker' | 'accounts'>;

/**
 * Looks at the engine: the server and the namespace from here, AWS through a worker, whose credentials are those that count.
 * With a rollout every account and Region of it is tried, without one none. What is wrong is a fact: nothing is thrown
 * that an AppError can say. Takes at most a minute for ten accounts and Regions, and ten minutes for any number.
 */
export async function examineEngine(options: ConnectOptions, spec: RolloutSpec | null): Promise<ExaminedEngine> {
  const access = await look(() => openConnection(options.taskQueue ?? defaultTaskQueue, options.codecKeysPath ?? null));
  const tls = await look(() => Promise.resolve(isTlsOn()));
  const isTlsAsked = tls.isSeen && tls.value;
  if (!access.isSeen) return { temporal: access, isTlsAsked, worker: null, accounts: [] };
  try {
    const temporal = await examineTemporal(access.value);
    if (!isWorkable(temporal))
      return { temporal: { isSeen: true, value: temporal }, isTlsAsked, worker: null, accounts: [] };
    const examined = await look(() => askWorker(access.value, { accounts: accountsOf(spec) }));
    return {
      temporal: { isSeen: true, value: temporal },
      isTlsAsked,
      worker: examined.isSeen ? { isSeen: true, value: examined.value.worker } : examined,
      accounts: examined.isSeen ? examined.value.accounts : [],
    };
  } finally {
    await access.value.client.connection.close();
  }
}

async function examineTemporal(access: TemporalAccess): Promise<TemporalFacts> {
  const { address, namespace, taskQueue, client, call } = access;
  const [serverVersion, retentionDays, missingAttributes, workers] = await Promise.all([
    look(async () => (await call(() => client.workflowService.getSystemInfo({}))).serverVersion),
    look(async () => (await readRetentionDays(access)) ?? missingNamespace(access)),
    look(() => listMissingAttributes(access)),
    look(() => listWorkers(access)),
  ]);
  const isEncrypted = isTlsOn();
  return { address, namespace, taskQueue, isEncrypted, serverVersion, retentionDays, missingAttributes, workers };
}

function isTlsOn(): boolean {
  return Boolean(connectConfig().connectionOptions.tls);
}

function isWorkable({ retentionDays, workers }: TemporalFacts): boolean {
  return retentionDays.isSeen && workers.isSeen && workers.value.length > 0;
}

function missingNamespace({ namespace, address }: TemporalAccess): never {
  const detail = `There is no namespace ${namespace} at ${address}`;
  throw new AppError('temporal-namespace-missing', detail, { item: namespace });
}

async function askWorker(access: TemporalAccess, input: SetupToExamine): Promise<ExaminedSetup> {
  const { client, taskQueue, call } = access;
  const workflowId = `doctor/${randomUUID()}`;
  const placeCount = input.accounts.length;
  const timeoutMs = answerWithinMs(placeCount);
  const handle = await call(() =>
    client.workflow.start<(input: SetupToExamine) => Promise<ExaminedSetup>>('examineSetup', {
      workflowId,
      taskQueue,
      args: [input],
      workflowExecutionTimeout: timeoutMs,
      staticSummary: 'Examine the set-up',
    }),
  );
  try {
    return await call(() => handle.result(), timeoutMs + 5_000);
  } catch (error) {
    if (error instanceof AppError && error.code === 'payload-undecryptable') throw error;
    const { code, reason } = whyUnanswered(await hasBegun(access, workflowId), placeCount);
    const detail = `${errorText(error)}. ${reason}`;
    throw code === 'no-worker' ? noWorker(access, detail, error) : new AppError(code, detail, { cause: error });
  }
}

/** Whether a worker has come as far as to start what the workflow does. */
async function hasBegun({ client, call }: TemporalAccess, workflowId: string): Promise<boolean> {
  const { events } = await call(() => client.workflow.getHandle(workflowId).fetchHistory());
  return (events ?? []).some(({ activityTaskScheduledEventAttributes: scheduled }) => (scheduled ?? null) !== null);
}

function accountsOf(spec: RolloutSpec | null): readonly AccountToExamine[] {
  if (spec === null) return [];
  const { options, policyTemplate } = spec;
  const { ownerRoles, consumerRoles } = options;
  return placesOf(spec).flatMap((place): readonly AccountToExamine[] => {
    const common = { ...place, options: { ownerRoles, consumerRoles } };
    const consumers = Object.keys(consumerRoles);
    return [
      { ...common, side: 'owner', account: place.owner.account, policyTemplate },
      ...consumers.map((consumer) => ({
        ...common,
        side: 'consumer' as const,
        account: consumer,
        policyTemplate: null,
      })),
    ];
  });
}

type Place = Pick<AccountToExamine, 'owner' | 'image'>;

/** Each account and Region once, with one of the images that are named there. */
function placesOf({ images, selections }: RolloutSpec): readonly Place[] {
  const selected = selections.flatMap(({ account, regions, partition }) =>
    regions.map((region): Place => ({ owner: { account, region, partition }, image: null })),
  );
  const named = imagesOf(images).map((image): Place => {
    const { account, region, partition } = imageArnParts(image);
    return { owner: { account, region, partition }, image };
  });
  const places = [...selected, ...named].map((place): [string, Place] => [JSON.stringify(place.owner), place]);
  return [...new Map(places).values()];
}
