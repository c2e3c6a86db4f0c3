import { expect, it } from 'vitest';
import type { HistoryEvent } from '../../src/client/history.ts';
import { writtenImages } from '../../src/client/written-images.ts';
import { imageWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { FinalImageState } from '../../src/domain/image-state.ts';
import { compactImageSet } from '../../src/domain/image-set.ts';
import { rigImage } from '../support/rig-images.ts';

const image = rigImage('web');
const workflowId = imageWorkflowId(image);
const nothing = { result: null, failure: null };

/** How the transaction of the image ended in one run of the rollout; null where it had none, or it goes on. */
type End = Pick<Extract<HistoryEvent, { kind: 'child-ended' }>, 'how' | 'result' | 'failure'> | null;

const running: End = null;

function outcome(state: FinalImageState, hasWritten: boolean): End {
  return { how: 'completed', result: { imageArn: image, state, hasWritten }, failure: null };
}

function failure(state: FinalImageState, hasWritten: boolean): End {
  const details = [{ imageArn: image, state, hasWritten }];
  return { how: 'failed', result: null, failure: { type: 'internal', message: 'text', details } };
}

function aRun(end: End) {
  const started: HistoryEvent[] = [
    { kind: 'child-initiated', type: 'rolloutImage', workflowId, input: { image } },
    { kind: 'child-started', workflowId, runId: 'r' },
  ];
  const events = end === null ? started : [...started, { kind: 'child-ended', workflowId, ...end } as const];
  return { batches: [{ workflowId: 'batch', events, outliving: [] }] };
}

const untouched = { batches: [] };

it.each<[string, End]>([
  ['has succeeded', outcome('SUCCEEDED', true)],
  ['could not be measured', outcome('INCONCLUSIVE', true)],
  ['is kept although it failed', failure('FAILED', true)],
  ['could not be put back', failure('COMPENSATION_FAILED', true)],
  ['still runs', running],
  ['was terminated', { how: 'terminated', ...nothing }],
  ['failed without an outcome', { how: 'failed', ...nothing }],
])('something may have stayed at an image that %s', (_, end) => {
  expect(writtenImages([aRun(end)])).toEqual(compactImageSet([image]));
});

it.each<[string, End]>([
  ['was in sync', outcome('UNCHANGED', false)],
  ['failed before its first write', failure('FAILED', false)],
  ['was put back', failure('COMPENSATED', true)],
  ['was put back when it was cancelled', outcome('CANCELLED', true)],
  ['was cancelled before its first step', { how: 'cancelled', ...nothing }],
  ['gave way to a lock', { how: 'not-started', ...nothing }],
])('nothing has stayed at an image that %s', (_, end) => {
  expect(writtenImages([aRun(end)])).toEqual({});
});

it.each<[string, ReturnType<typeof aRun> | typeof untouched]>([
  ['found in sync', untouched],
  ['found in sync by its transaction', aRun(outcome('UNCHANGED', false))],
  ['cancelled before a write', aRun(outcome('CANCELLED', false))],
])('what one run has left stays where a redrive has the image %s', (_, redrive) => {
  expect(writtenImages([aRun(failure('FAILED', true)), redrive])).toEqual(compactImageSet([image]));
});

it('what one run has left is gone where a redrive has put the image back', () => {
  expect(writtenImages([aRun(failure('FAILED', true)), aRun(failure('COMPENSATED', true))])).toEqual({});
});

it('an image that outlived its batch tells of itself', () => {
  const result = { imageArn: image, state: 'CANCELLED', hasWritten: true };
  const events: HistoryEvent[] = [{ kind: 'ended', at: '', how: 'completed', result, failure: null }];
  const cutOff = aRun(running).batches.map((batch) => ({ ...batch, outliving: [{ workflowId, events }] }));

  expect(writtenImages([{ batches: cutOff }])).toEqual({});
});
