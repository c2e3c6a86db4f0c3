import type { Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { expect, it } from 'vitest';
import { earlierTransaction } from '../../src/client/earlier-transaction.ts';
import { rolloutNameAttribute } from '../../src/contracts/search-attributes.ts';
import { rigImage } from '../support/rig-images.ts';

const since = '2026-11-24T10:00:00.000Z';
const ended = { rolloutName: 'golden', status: 'FAILED', startedAt: '2026-11-24T10:00:01.000Z' };

/** A Temporal whose lists know of no workflow yet, and whose newest run of the image is this one. */
function lateLists({ rolloutName, status, startedAt }: typeof ended): Client {
  const handle = {
    describe: () =>
      Promise.resolve({
        runId: 'run',
        status: { name: status },
        startTime: new Date(startedAt),
        typedSearchAttributes: new TypedSearchAttributes([{ key: rolloutNameAttribute, value: rolloutName }]),
      }),
    fetchHistory: () => Promise.resolve({ events: [] }),
  };
  const workflow = { list: () => [], getHandle: () => handle };
  return { workflow, options: {} } as unknown as Client;
}

it('knows of a transaction that has just ended, though Temporal does not list it yet', async () => {
  const earlier = await earlierTransaction(lateLists(ended), rigImage('golden'), {
    kind: 'redrive',
    rolloutName: 'golden',
    since,
  });

  expect(earlier).toEqual({ baseline: null, grantsSha256: null });
});

it.each([
  ['runs', { status: 'RUNNING' }],
  ['is of another rollout', { rolloutName: 'other' }],
  ['began before', { startedAt: '2026-11-24T09:59:59.000Z' }],
])('leaves out a run that %s', async (_, change) => {
  const client = lateLists({ ...ended, ...change });

  expect(
    await earlierTransaction(client, rigImage('golden'), { kind: 'redrive', rolloutName: 'golden', since }),
  ).toBeNull();
});
