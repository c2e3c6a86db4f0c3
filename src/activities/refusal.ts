import type { Verdict } from '../contracts/activities.ts';
import type { Guardrails } from '../domain/guardrails.ts';
import { checkGuardrails } from '../domain/guardrails.ts';
import { principalsOf } from '../domain/grants.ts';
import { checkImageCount, checkLimits } from '../domain/limits.ts';
import { missingTag } from '../domain/selection.ts';
import type { Subject } from './accepted.ts';
import type { Dependencies } from './dependencies.ts';
import type { Judgement } from './judging.ts';
import { grantsGiven } from './judging.ts';

/**
 * What the worker's limits and the manifest's guardrails say against the change of an image; null where it may be made. An
 * undo and a revocation take back what was allowed once: of them only what they give is asked about, not how many images
 * they are or what the policy was.
 */
export function refusalOf(
  { limits }: Dependencies,
  { guardrails, imageCount }: { readonly guardrails: Guardrails; readonly imageCount: number },
  { observed: { image }, wanted, tags }: Subject & { readonly tags: Readonly<Record<string, string>> },
  judgement: Judgement,
): Extract<Verdict, { action: 'BLOCKED' }> | null {
  const grants = grantsGiven(judgement, wanted);
  const isTakingBack = judgement.path === 'undo' || judgement.path === 'revoke';
  if (limits !== null) {
    const reason =
      checkLimits(limits.rules, { image, wantedGrants: grants }) ??
      (isTakingBack ? null : checkImageCount(limits.rules, imageCount));
    if (reason !== null) return { action: 'BLOCKED', code: 'limits-exceeded', detail: `${image}: ${reason}` };
  }
  if (isTakingBack) return null;
  const [violation] = checkGuardrails(guardrails, { principals: principalsOf(grants), imageCount });
  const missing = missingTag(tags, guardrails.requiredTags);
  const message =
    violation?.message ??
    (missing === null ? null : `It lacks the tag ${missing}, which guardrails.requiredTags asks for`);
  if (message === null) return null;
  return { action: 'BLOCKED', code: 'guardrail-violated', detail: `${image}: ${message}` };
}
