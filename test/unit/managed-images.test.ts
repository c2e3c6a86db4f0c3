import type { Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { expect, it } from 'vitest';
import type { TemporalAccess } from '../../src/client/connection.ts';
import { managedImages } from '../../src/client/managed-images.ts';
import { imageArnAttribute } from '../../src/contracts/search-attributes.ts';
import { rigImage } from '../support/rig-images.ts';

const alone = rigImage('alone');

/** A Temporal that lists an image and a run of a rollout, and has forgotten the run by the time it is asked for it. */
function forgetful(): Client {
  const attributes = new TypedSearchAttributes([{ key: imageArnAttribute, value: alone }]);
  const listed = (query: string) => {
    if (query.includes("'rolloutImage'")) return [{ typedSearchAttributes: attributes }];
    return query.includes("'rolloutImages'")
      ? [{ workflowId: 'rollout/golden', runId: 'old', startTime: new Date(0) }]
      : [];
  };
  const gone = Object.assign(new Error('5 NOT_FOUND'), { code: 5, details: 'workflow not found', metadata: {} });
  return {
    workflow: { list: ({ query }: { query: string }) => listed(query) },
    workflowService: { getWorkflowExecutionHistory: () => Promise.reject(gone) },
    options: { namespace: 'default' },
  } as unknown as Client;
}

it('a run that Temporal has just forgotten does not hide the images that are known otherwise, and is named', async () => {
  const access = { client: forgetful(), call: <R>(calls: () => Promise<R>) => calls() } as unknown as TemporalAccess;

  const managed = await managedImages(access);

  expect(managed).toEqual({ images: [alone], ownerRoles: {}, unread: ['rollout golden, run old'] });
});
