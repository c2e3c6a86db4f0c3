import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { RAMClientConfig } from '@aws-sdk/client-ram';
import type { AwsAccess } from './access.ts';

type Provider = ReturnType<typeof fromNodeProviderChain>;
type Identity = Awaited<ReturnType<Provider>>;

/** Credentials for one access, fetched once for all its clients. */
export interface SharedCredentials {
  readonly provide: () => Promise<Identity>;
  /** Makes the next call fetch anew; a fetch in flight is waited for instead. */
  readonly forget: () => void;
}

/** How credentials could not be had; `cause` is the error of the SDK. */
export class CredentialsFailure extends Error {
  readonly roleArn: string | undefined;

  constructor(roleArn: string | undefined, cause: unknown) {
    super('No credentials', { cause });
    this.name = 'CredentialsFailure';
    this.roleArn = roleArn;
  }
}

// As long as the SDK's own margin: a call that starts now must not end with credentials that have ended.
const refreshBeforeMs = 300_000;

/** Fetches lazily, shares one fetch between callers, and fetches anew five minutes before the end. */
export function shareCredentials(
  access: AwsAccess,
  requestHandler: NonNullable<RAMClientConfig['requestHandler']>,
): SharedCredentials {
  let fetchAnew = providerFor(access, requestHandler);
  let held: Identity | undefined;
  let pending: Promise<Identity> | undefined;

  const fetch = async (): Promise<Identity> => {
    try {
      held = await fetchAnew();
      return held;
    } catch (error) {
      throw new CredentialsFailure(access.roleArn, error);
    } finally {
      pending = undefined;
    }
  };

  return {
    provide: () => {
      if (held !== undefined && !endsSoon(held)) return Promise.resolve(held);
      pending ??= fetch();
      return pending;
    },
    forget: () => {
      if (pending !== undefined) return;
      held = undefined;
      // The default chain remembers what it found, so a new chain is asked.
      fetchAnew = providerFor(access, requestHandler);
    },
  };
}

function providerFor(
  access: AwsAccess,
  requestHandler: NonNullable<RAMClientConfig['requestHandler']>,
): () => Promise<Identity> {
  const { roleArn, externalId, region } = access;
  const defaultChain = fromNodeProviderChain();
  if (roleArn === undefined) return () => defaultChain();
  return fromTemporaryCredentials({
    masterCredentials: defaultChain,
    params: {
      RoleArn: roleArn,
      RoleSessionName: 'policy-rollout',
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    },
    clientConfig: { region, requestHandler, maxAttempts: 1 },
  });
}

function endsSoon({ expiration }: Identity): boolean {
  return expiration !== undefined && expiration.getTime() - Date.now() < refreshBeforeMs;
}
