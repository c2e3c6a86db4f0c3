import { Client } from '@temporalio/client';
import type { ConnectionLike } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { createPolicySource } from '../../src/client/policy-source.ts';
import { sha256 } from '../../src/sha256.ts';

const template = '{"Version":"2012-10-17"}';
const reference = { sha256: sha256(template), workflowId: 'rollout/golden', runId: 'run' };

/** A client whose server has one history, and counts how often it is read. */
function aClient(policyTemplate: string | null, failures = 0) {
  const reads: unknown[] = [];
  const input = defaultPayloadConverter.toPayload({ spec: { policyTemplate }, origin: {} });
  const started = { workflowExecutionStartedEventAttributes: { input: { payloads: [input] } } };
  const workflowService = {
    getWorkflowExecutionHistory: async (request: unknown) => {
      reads.push(request);
      if (reads.length <= failures) throw new Error('not now');
      return { history: { events: [started] } };
    },
  };
  const connection = { workflowService, plugins: [] } as unknown as ConnectionLike;
  return { client: new Client({ connection, namespace: 'images' }), reads };
}

describe('a policy template', () => {
  it('is read from the first event of the rollout, once for all images', async () => {
    const { client, reads } = aClient(template);
    const source = createPolicySource(client);

    const found = await Promise.all([source(reference), source(reference), source({ ...reference, runId: 'other' })]);

    expect(found).toEqual([template, template, template]);
    expect(reads).toEqual([
      { namespace: 'images', execution: { workflowId: 'rollout/golden', runId: 'run' }, maximumPageSize: 1 },
    ]);
  });

  it('that comes with the reference is taken as it is', async () => {
    const { client, reads } = aClient(null);

    const found = await createPolicySource(client)({ sha256: sha256(template), template });

    expect(found).toBe(template);
    expect(reads).toEqual([]);
  });

  it('is null where nobody is wanted', async () => {
    const { client } = aClient(null);

    expect(await createPolicySource(client)({ ...reference, sha256: sha256('') })).toBeNull();
  });

  it('is read again after a failure', async () => {
    const { client, reads } = aClient(template, 1);
    const source = createPolicySource(client);

    await expect(source(reference)).rejects.toThrow('not now');

    expect(await source(reference)).toBe(template);
    expect(reads).toHaveLength(2);
  });

  it('is not given out where it is another one', async () => {
    const { client } = aClient('{"Version":"2008-10-17"}');

    await expect(createPolicySource(client)(reference)).rejects.toMatchObject({ code: 'internal' });
  });
});
