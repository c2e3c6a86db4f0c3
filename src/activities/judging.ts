import type { StepInput, Validation, Verdict } from '../contracts/activities.ts';
import type { ImageArn } from '../domain/arn.ts';
import { imageArnParts } from '../domain/arn.ts';
import { nextStep } from '../domain/converge.ts';
import type { Grant } from '../domain/grants.ts';
import { isChangedByAnother } from '../domain/meanwhile.ts';
import type { Baseline, ObservedImage } from '../domain/observation.ts';
import { foreignGiver, grantsLeft, hasAccess, revocationOf } from '../domain/revocation.ts';
import { baselineOf, isStandard, liveGrants } from '../domain/shares.ts';
import type { Situation, Target } from '../domain/situation.ts';
import type { Residue } from '../domain/step.ts';
import { timingOf } from '../domain/timing.ts';
import type { EarlierTransaction } from './dependencies.ts';
import { grantsSha256 } from './grants-hash.ts';
import { newRecord } from './record.ts';
import { revokedPrincipal } from './revoked.ts';

/** What reading alone says of an image, and the way to where it shall be. */
export interface Judgement {
  readonly verdict: Verdict | { readonly action: 'BUSY'; readonly reason: string };
  readonly baseline: Baseline;
  readonly path: Validation['path'];
}

type Input = Pick<StepInput, 'options' | 'earlier' | 'policy'>;

/**
 * Judges an image before anything is written.
 *
 * @param earlier - what earlier transactions left, for a redrive or an undo
 */
export function judge(
  observed: ObservedImage,
  wanted: Target,
  input: Input,
  earlier: EarlierTransaction | null,
): Judgement {
  if (input.earlier?.kind === 'undo') return judgeUndo(observed, wanted, input, earlier);
  const principal = revokedPrincipal(input);
  if (principal !== null) return judgeRevocation(observed, principal, input);
  const verdict = verdictOf(situationOf(observed, wanted, input, baselineOf(observed)));
  const sharePath = observed.shares.some(isStandard) ? 'share' : 'seed';
  return {
    verdict,
    baseline: firstBaseline(observed, wanted, input, earlier),
    path: wanted.grants.length === 0 ? 'unshare' : sharePath,
  };
}

/** A redrive keeps the first baseline, as long as all that is there can have come from the rollout. */
function firstBaseline(
  observed: ObservedImage,
  wanted: Target,
  input: Input,
  earlier: EarlierTransaction | null,
): Baseline {
  const first = earlier?.baseline ?? null;
  if (first === null) return baselineOf(observed);
  const situation = situationOf(observed, wanted, input, first);
  return isChangedByAnother(situation) === null ? first : baselineOf(observed);
}

function judgeUndo(
  observed: ObservedImage,
  wanted: Target,
  input: Input,
  earlier: EarlierTransaction | null,
): Judgement {
  const { image } = observed;
  const baseline = earlier?.baseline ?? baselineOf(observed);
  const blocked = (code: 'baseline-lost' | 'policy-changed-meanwhile', why: string): Judgement => ({
    verdict: { action: 'BLOCKED', code, detail: `${image}: ${why}` },
    baseline,
    path: 'undo',
  });
  if (earlier === null) return blocked('baseline-lost', 'no history of the rollout is left for it');
  const situation: Situation = { ...situationOf(observed, wanted, input, baseline), direction: 'backward' };
  const verdict = verdictOf(situation);
  const changed = verdict.action === 'CHANGE' ? changedSince(situation, input, earlier) : null;
  return changed === null ? { verdict, baseline, path: 'undo' } : blocked('policy-changed-meanwhile', changed);
}

/**
 * Says in words what is there that the rollout has not left behind; null where nothing is. A rollout whose last look failed
 * does not know what it has left: then all counts that can have come from it.
 */
function changedSince(
  situation: Situation,
  { policy }: Input,
  { grantsSha256: left }: EarlierTransaction,
): string | null {
  const { observed, baseline, wanted } = situation;
  if (left !== null) {
    return grantsSha256(liveGrants(observed)) === left ? null : 'its access is not what the rollout left behind';
  }
  const came =
    'withoutPrincipal' in policy
      ? { grants: grantsLeft(baseline.grants, policy.withoutPrincipal), document: null }
      : wanted;
  return isChangedByAnother({ ...situation, wanted: came });
}

function judgeRevocation(observed: ObservedImage, principal: string, input: Input): Judgement {
  const { image } = observed;
  const baseline = baselineOf(observed);
  const judged = (verdict: Judgement['verdict']): Judgement => ({ verdict, baseline, path: 'revoke' });
  if (!hasAccess(observed, principal)) return judged(unchanged(observed, []));
  const foreign = foreignGiver(observed, principal);
  if (foreign !== null) {
    const { region } = imageArnParts(image);
    const remedy = `aws ram disassociate-resource-share --region ${region} --resource-share-arn ${foreign.shareArn} --principals ${principal}`;
    const detail = `${image}: "${foreign.name}", which is not ours, gives ${principal} access; its owner can run: ${remedy}`;
    return judged({ action: 'BLOCKED', code: 'share-not-ours', detail });
  }
  const ends = revocationOf(baseline, principal);
  return judged(verdictOf({ ...situationOf(observed, ends.wanted, input, ends.baseline), direction: 'backward' }));
}

function situationOf(observed: ObservedImage, wanted: Target, { options }: Input, baseline: Baseline): Situation {
  return {
    observed,
    baseline,
    wanted,
    direction: 'forward',
    foreignShares: options.foreignShares,
    onNotVisible: options.onNotVisible,
    memory: newRecord([]).memory,
    acceptanceGraceMs: timingOf(options).acceptanceGraceMs,
    hasWritten: false,
    isSettling: false,
  };
}

function verdictOf(situation: Situation): Judgement['verdict'] {
  const { observed } = situation;
  const step = nextStep(situation);
  if (step.kind === 'wait' && step.code === 'image-busy') return { action: 'BUSY', reason: step.reason };
  if (step.kind === 'stop') return { action: 'BLOCKED', code: step.code, detail: `${observed.image}: ${step.reason}` };
  if (step.kind !== 'done' || step.awaiting.length > 0) return { action: 'CHANGE' };
  return unchanged(observed, step.residue);
}

function unchanged(observed: ObservedImage, residue: readonly Residue[]): Verdict {
  const shareArns = observed.shares.map(({ shareArn }) => shareArn);
  return { action: 'UNCHANGED', grantsSha256: grantsSha256(liveGrants(observed)), shareArns, residue };
}

/** The grants that a change gives an image, or gives back. A revocation gives nothing, whatever it leaves. */
export function grantsGiven({ verdict, baseline, path }: Judgement, wanted: Target): readonly Grant[] {
  if (path === 'revoke') return [];
  if (path !== 'undo') return wanted.grants;
  // An image that is at its baseline already, or is left alone, is given nothing back.
  return verdict.action === 'CHANGE' || verdict.action === 'BUSY' ? baseline.grants : [];
}

/** An image that is not ready is not given to anybody; taking it away is always possible. */
export function availability(image: ImageArn, { path }: Judgement, status: string): Verdict {
  if (path === 'unshare' || path === 'undo' || path === 'revoke') return { action: 'CHANGE' };
  return readiness(image, status);
}

/** Whether an image build can be given to somebody. */
export function readiness(image: ImageArn, status: string): Verdict {
  if (status === 'AVAILABLE') return { action: 'CHANGE' };
  return { action: 'BLOCKED', code: 'image-not-available', detail: `${image} is ${status}` };
}
