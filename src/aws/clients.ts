import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { ImagebuilderClient } from '@aws-sdk/client-imagebuilder';
import { RAMClient } from '@aws-sdk/client-ram';
import { STSClient } from '@aws-sdk/client-sts';
import type { AwsAccess } from './access.ts';
import type { SharedCredentials } from './credentials.ts';
import { shareCredentials } from './credentials.ts';
import type { Pace } from './pace.ts';
import { newPace } from './pace.ts';
import type { PermissionBody } from './permission-body.ts';
import { keepRecent } from './recent.ts';
import type { ShareLists } from './share-lists.ts';
import { SignalledHandler } from './signalled-handler.ts';

/** A permission that somebody has begun to make. */
export interface NewPermission {
  readonly arn: Promise<string>;
  /** When the making began, in milliseconds since 1970. */
  readonly sinceMs: number;
}

/** All SDK clients of a process. */
export interface AwsClients {
  readonly imageBuilder: (access: AwsAccess) => ImagebuilderClient;
  readonly ram: (access: AwsAccess) => RAMClient;
  /** The client that says whose the credentials are. */
  readonly sts: (access: AwsAccess) => STSClient;
  /** When calls of an operation begin: all roles in an account and Region share its limits. */
  readonly pace: (access: AwsAccess, operation: string) => Pace;
  /** Drops credentials that AWS calls expired; the next call of the access fetches new ones. */
  readonly forgetCredentials: (access: AwsAccess) => void;
  /** Bodies of managed permissions that were read before, by ARN, version and age. */
  readonly permissionBodies: Map<string, PermissionBody>;
  /** Permissions that are being made, or were a moment ago, by account, Region and name. */
  readonly newPermissions: Map<string, NewPermission>;
  /** The lists that all who read with one access share; made where nobody has asked yet. */
  readonly shareLists: (access: AwsAccess, make: () => ShareLists) => ShareLists;
  /** How long looks at images wait for each other where several go on at the same time, in milliseconds. */
  readonly gatherMs: number;
  /** Closes every connection. */
  readonly destroy: () => void;
}

// A client takes about 16 KB. One that falls out is not destroyed, because the connections belong to all.
const maxAccessCount = 4_000;
// One for each operation of each account and Region; of one that falls out, what it has learned of AWS is lost.
const maxPaceCount = 40_000;

/** How calls are paced and bounded, in milliseconds. */
export interface AwsClientOptions {
  readonly requestTimeoutMs: number;
  readonly connectionTimeoutMs: number;
  readonly gatherMs: number;
}

/**
 * Makes SDK clients on demand: one for each account, Region and role, all over the same connections.
 *
 * A client makes each call once and at once, since its caller decides on pace and repeats. Each HTTP request ends after `requestTimeoutMs` at the latest
 * without an answer, and whenever the connection is silent for so long. Endpoints come from the SDK's own environment,
 * which a client reads with its first call.
 */
export function createAwsClients(options: AwsClientOptions): AwsClients {
  // Unbounded, because the request's time runs while it waits for a socket; the callers bound what is in flight.
  const agentOptions = { keepAlive: true, maxSockets: Infinity };
  const httpAgent = new HttpAgent(agentOptions);
  const httpsAgent = new HttpsAgent(agentOptions);
  const handlerOptions = {
    httpAgent,
    httpsAgent,
    connectionTimeout: options.connectionTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    // Without this the SDK only warns. The socket's time covers a body that never ends.
    throwOnRequestTimeout: true,
    socketTimeout: options.requestTimeoutMs,
  };
  const requestHandler = new SignalledHandler(handlerOptions);
  const credentials = keepRecent<SharedCredentials>(maxAccessCount);
  const imageBuilderClients = keepRecent<ImagebuilderClient>(maxAccessCount);
  const ramClients = keepRecent<RAMClient>(maxAccessCount);
  const stsClients = keepRecent<STSClient>(maxAccessCount);

  const paces = keepRecent<Pace>(maxPaceCount);
  const shareLists = keepRecent<ShareLists>(maxAccessCount);

  const credentialsOf = (access: AwsAccess): SharedCredentials =>
    // Callers share a fetch, so the signal of one must not end it.
    credentials.get(accessKey(access), () => shareCredentials(access, handlerOptions));
  const configuration = (access: AwsAccess) => ({
    region: access.region,
    // Marked so that the SDK does not keep a copy for each client, which could not be forgotten.
    credentials: Object.assign(() => credentialsOf(access).provide(), { memoized: true }),
    requestHandler,
    cacheMiddleware: true,
    maxAttempts: 1,
    retryMode: 'standard',
  });

  return {
    imageBuilder: (access) =>
      imageBuilderClients.get(accessKey(access), () => unlogged(new ImagebuilderClient(configuration(access)))),
    ram: (access) => ramClients.get(accessKey(access), () => unlogged(new RAMClient(configuration(access)))),
    sts: (access) => stsClients.get(accessKey(access), () => unlogged(new STSClient(configuration(access)))),
    pace: ({ account, region }, operation) => paces.get(`${operation} ${account} ${region}`, newPace),
    forgetCredentials: (access) => credentialsOf(access).forget(),
    permissionBodies: new Map(),
    newPermissions: new Map(),
    shareLists: (access, make) =>
      shareLists.get(JSON.stringify([accessKey(access), access.rateLimits, access.isUrgent]), make),
    gatherMs: options.gatherMs,
    destroy: () => {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

/** Spares each call the copy of its answer that the SDK makes for a logger, although there is none. */
function unlogged<Client extends { readonly middlewareStack: { readonly remove: (name: string) => boolean } }>(
  client: Client,
): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}

// Each call asks for it several times, and an access serves many calls.
const accessKeys = new WeakMap<AwsAccess, string>();

function accessKey(access: AwsAccess): string {
  const known = accessKeys.get(access);
  if (known !== undefined) return known;
  const { account, region, roleArn, externalId } = access;
  const key = JSON.stringify([account, region, roleArn, externalId]);
  accessKeys.set(access, key);
  return key;
}
