import { describe, expect, it } from 'vitest';
import { exitCodeOfError, exitCodeOfImage, exitCodeOfRollout } from '../../src/cli/exit-codes.ts';
import type { FailureSummary } from '../../src/contracts/rollout.ts';
import { AppError, errorCodes } from '../../src/domain/errors.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import type { FinalImageState, ImageCounts, RolloutState } from '../../src/domain/image-state.ts';
import { pendingCounts } from '../../src/domain/image-state.ts';

function aStatus(
  state: RolloutState,
  counts: Partial<ImageCounts> = {},
  codes: readonly ErrorCode[] = [],
  error?: ErrorCode,
): Parameters<typeof exitCodeOfRollout>[0] {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const failures = codes.map((code): FailureSummary => ({ imageArn: 'arn', code, detail: '' }));
  const status = { state, counts: { ...pendingCounts(0), ...counts, total }, failures, waves: [] };
  return error === undefined ? status : { ...status, error: { code: error, detail: '' } };
}

describe('the exit code of a rollout', () => {
  it.each<[string, number, ReturnType<typeof aStatus>]>([
    ['everything in sync', 0, aStatus('SUCCEEDED', { succeeded: 2, unchanged: 3 })],
    ['one failed within the tolerance', 3, aStatus('COMPLETED_WITH_FAILURES', { succeeded: 9, failed: 1 })],
    ['one put back', 3, aStatus('COMPLETED_WITH_FAILURES', { succeeded: 9, compensated: 1 })],
    ['one skipped', 3, aStatus('SUCCEEDED', { succeeded: 9, skipped: 1 })],
    ['one cancelled', 3, aStatus('COMPLETED_WITH_FAILURES', { succeeded: 9, cancelled: 1 })],
    ['the tolerance was passed', 4, aStatus('STOPPED', { failed: 1, skipped: 9 }, ['promotion-refused'])],
    ['aborted', 4, aStatus('ABORTED', { succeeded: 1, skipped: 9 })],
    ['an undo failed', 5, aStatus('COMPLETED_WITH_FAILURES', { succeeded: 9, compensationFailed: 1 })],
    ['an undo failed in a rollout that stopped', 5, aStatus('STOPPED', { compensationFailed: 1, skipped: 9 })],
    ['only inconclusive images are left', 6, aStatus('SUCCEEDED', { succeeded: 9, inconclusive: 1 })],
    ['inconclusive beside failed', 3, aStatus('COMPLETED_WITH_FAILURES', { failed: 1, inconclusive: 1, succeeded: 1 })],
    ['still running', 6, aStatus('RUNNING', { running: 1 })],
    ['waiting for a person', 6, aStatus('WAITING_FOR_APPROVAL', { pending: 1 })],
    ['refused', 7, aStatus('REFUSED', { skipped: 2 }, ['share-not-ours'])],
    ['no image was reached', 69, aStatus('STOPPED', { failed: 1, skipped: 9 }, ['aws-unavailable'])],
    ['refused without credentials', 69, aStatus('REFUSED', { skipped: 2 }, ['aws-credentials-expired'])],
    [
      'some images were not reached',
      3,
      aStatus('COMPLETED_WITH_FAILURES', { succeeded: 1, failed: 1 }, ['aws-unavailable']),
    ],
    ['the images could not be looked at', 65, aStatus('FAILED', { skipped: 2 }, [], 'policy-invalid')],
    ['a selection may not look', 7, aStatus('FAILED', {}, [], 'aws-access-denied')],
    ['AWS does not answer a selection', 69, aStatus('FAILED', {}, [], 'aws-unavailable')],
    [
      'a step failed after a wave',
      4,
      { ...aStatus('FAILED', { succeeded: 1, skipped: 2 }, [], 'aws-access-denied'), waves: ['canary', 'rest'] },
    ],
    ['nothing was selected', 66, aStatus('REFUSED', {}, [], 'selection-empty')],
    ['nothing was selected, and that is well', 0, aStatus('SUCCEEDED')],
    ['a guardrail forbids it', 7, aStatus('REFUSED', { skipped: 2 }, [], 'guardrail-violated')],
    ['images are blocked', 7, aStatus('REFUSED', { skipped: 2 }, ['share-not-ours'], 'images-blocked')],
    ['a wave was rejected', 4, aStatus('STOPPED', { succeeded: 1, skipped: 2 }, [], 'rollout-rejected')],
    ['paused, because an undo failed', 5, aStatus('PAUSED', { compensationFailed: 1, pending: 2 })],
    ['the workflow itself failed', 1, aStatus('FAILED', { pending: 2 })],
  ])('%s: %i', (_what, exitCode, status) => {
    expect(exitCodeOfRollout(status)).toBe(exitCode);
  });
});

describe('the exit code of one image', () => {
  it.each<[FinalImageState, number]>([
    ['SUCCEEDED', 0],
    ['UNCHANGED', 0],
    ['FAILED', 3],
    ['COMPENSATED', 3],
    ['SKIPPED', 3],
    ['CANCELLED', 3],
    ['COMPENSATION_FAILED', 5],
    ['INCONCLUSIVE', 6],
  ])('%s: %i', (state, exitCode) => {
    expect(exitCodeOfImage({ state })).toBe(exitCode);
  });

  it('is the one of the error where nothing was written', () => {
    const error = { code: 'limits-exceeded', title: '', detail: '', hint: '' } as const;

    expect(exitCodeOfImage({ state: 'FAILED', error })).toBe(7);
  });
});

describe('the exit code of an error', () => {
  it('is the one of the registry', () => {
    const codes = Object.keys(errorCodes).filter((code): code is ErrorCode => code in errorCodes);

    const exits = codes.map((code) => exitCodeOfError(new AppError(code, '')));

    expect(exits).toEqual(codes.map((code) => errorCodes[code].exitCode));
  });

  it('is 1 for whatever else is thrown', () => {
    expect([new TypeError('x'), 'x', undefined].map(exitCodeOfError)).toEqual([1, 1, 1]);
  });
});
