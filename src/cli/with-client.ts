import type { PolicyRolloutClient } from '../client.ts';
import type { Session } from './session.ts';

/** Connects, uses the client and closes it. Temporal's library is loaded only here, so that `--help` does not wait for it. */
export async function withClient<R>({ io }: Session, use: (client: PolicyRolloutClient) => Promise<R>): Promise<R> {
  const { connect } = await import('../client.ts');
  const { taskQueue, codecKeysPath } = io;
  const client = await connect({ taskQueue, ...(codecKeysPath === null ? {} : { codecKeysPath }) });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
