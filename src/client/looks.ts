import type { DriftDocument, PlanDocument, VerifyDocument } from '../contracts/plan-document.ts';
import type { Revocation, RolloutOrigin, RolloutSpec } from '../contracts/rollout.ts';
import { AppError } from '../domain/errors.ts';
import { compactImageSet, imagesOf } from '../domain/image-set.ts';
import { lastAppliedIn } from '../domain/ledger.ts';
import type { TemporalAccess } from './connection.ts';
import { driftDocument } from './drift-document.ts';
import { readLedger } from './ledger.ts';
import type { LookOptions } from './look.ts';
import { lookAtImages } from './look.ts';
import { planDocument } from './plan-document.ts';
import { verifyDocument } from './verify-document.ts';

/** How a plan is made. */
export interface PlanOptions extends LookOptions {
  /** The pace at which the time of a rollout is reckoned, for each account and Region; 10 when absent. */
  readonly callsPerSecond?: number;
  /** Instead of the policy of the spec. */
  readonly revocation?: Revocation;
}

const usualCallsPerSecond = 10;

/** Says what a rollout would do; see `PolicyRolloutClient.plan`. */
export async function planOf(
  access: TemporalAccess,
  spec: RolloutSpec,
  origin: RolloutOrigin,
  { callsPerSecond = usualCallsPerSecond, revocation, ...options }: PlanOptions,
): Promise<PlanDocument> {
  const look = await lookAtImages(
    access,
    { purpose: 'plan', spec, origin, ...(revocation === undefined ? {} : { revocation }) },
    options,
  );
  const { effective } = look.outcome;
  if (effective === null) throw new AppError('internal', `${look.workflowId} gave no numbers`);
  const createdAt = new Date().toISOString();
  return planDocument({ look, effective, spec, origin, createdAt, callsPerSecond });
}

/** Says what has changed since the last rollout; see `PolicyRolloutClient.drift`. */
export async function driftFrom(
  access: TemporalAccess,
  spec: RolloutSpec,
  origin: RolloutOrigin,
  options: LookOptions,
): Promise<DriftDocument> {
  const applied = lastAppliedIn(await readLedger(access, spec.rolloutName));
  // Also what the manifest does not name any more: it was rolled out, and may be gone.
  const images = compactImageSet([...imagesOf(spec.images), ...applied.keys()]);
  const look = await lookAtImages(access, { purpose: 'drift', spec: { ...spec, images }, origin }, options);
  return driftDocument(spec, [...applied.values()], look.images);
}

/** Says who sees the images; see `PolicyRolloutClient.verify`. */
export async function verifyImages(
  access: TemporalAccess,
  spec: RolloutSpec,
  origin: RolloutOrigin,
  options: LookOptions,
): Promise<VerifyDocument> {
  const look = await lookAtImages(access, { purpose: 'verify', spec, origin }, options);
  return verifyDocument(spec, look.images);
}
