import { ApplicationFailure, upsertSearchAttributes } from '@temporalio/workflow';
import type { ImageInput, ImageOutcome } from '../contracts/image.ts';
import { failureCodeAttribute, imageStateAttribute } from '../contracts/search-attributes.ts';
import type { FinalImageState } from '../domain/image-state.ts';
import { hasFailed } from '../domain/image-state.ts';
import { worstVerdicts } from '../domain/visibility.ts';

// An outcome without a runbook has at most 1.5 KB: a batch of 200 of them has to stay readable.
const mostVerdicts = 16;

/** What an end says besides image and state. */
export type Evidence = Partial<Omit<ImageOutcome, 'imageArn' | 'state'>>;

/** Ends an image: sets its search attributes, and gives its outcome back, or fails with it where it did not succeed. */
export function end({ image }: ImageInput, state: FinalImageState, evidence: Evidence): Promise<ImageOutcome> {
  const { residue = [], visibility = [], ...rest } = evidence;
  const outcome: ImageOutcome = {
    imageArn: image,
    state,
    grantsSha256: { before: null, after: null },
    shareArns: [],
    hasWritten: false,
    requestIds: [],
    ...rest,
    visibility: worstVerdicts(visibility, mostVerdicts),
    ...(visibility.length > mostVerdicts ? { visibilityCount: visibility.length } : {}),
    ...(residue.length === 0 ? {} : { residue }),
  };
  const { error } = outcome;
  upsertSearchAttributes([
    { key: imageStateAttribute, value: state },
    ...(error === undefined ? [] : [{ key: failureCodeAttribute, value: error.code }]),
  ]);
  // A workflow that fails is red in the UI, which is where people look.
  if (!hasFailed(state) || error === undefined) return Promise.resolve(outcome);
  const failure = ApplicationFailure.create({
    type: error.code,
    message: `${state}: ${error.detail}`,
    nonRetryable: true,
    details: [outcome],
  });
  // It would lead into this file, whatever happened.
  failure.stack = '';
  return Promise.reject(failure);
}
