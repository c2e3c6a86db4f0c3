import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { expect, it, onTestFinished } from 'vitest';
import type { DevServerOptions } from '../../scripts/temporal/dev-server.mjs';
import { startDevServer } from '../../scripts/temporal/dev-server.mjs';
import { findTemporalCli } from '../../scripts/temporal/find.mjs';
import { realOutside } from '../../scripts/temporal/outside.mjs';

it('goes on with its state, on the same ports, after it was killed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dev-server-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const cliPath = await findTemporalCli(realOutside(new AbortController().signal));
  const options: DevServerOptions = { cliPath, ui: true, namespace: 'golden', dbFilename: join(folder, 'state.db') };
  const killed = await startDevServer(options);
  await withClient(killed.address, (client) =>
    client.workflow.start('rolloutImages', { workflowId: 'rollout/kept', taskQueue: 'nobody-listens' }),
  );

  await killed.kill('SIGKILL');
  const restarted = await startDevServer({ ...options, ports: killed.ports });
  onTestFinished(() => restarted.stop());

  expect(restarted.address).toBe(killed.address);
  expect(restarted.pid).not.toBe(killed.pid);
  const kept = await withClient(restarted.address, (client) => client.workflow.getHandle('rollout/kept').describe());
  expect(kept.status.name).toBe('RUNNING');
  const ui = await fetch(String(restarted.uiUrl));
  expect(ui.status).toBe(200);
});

async function withClient<T>(address: string, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection, namespace: 'golden' }));
  } finally {
    await connection.close();
  }
}
