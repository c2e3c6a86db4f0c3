import type { StepInput, Verdict } from '../contracts/activities.ts';
import type { Guardrails } from '../domain/guardrails.ts';
import { checkGuardrails } from '../domain/guardrails.ts';
import { principalsOf } from '../domain/grants.ts';
import { checkImageCount, checkLimits } from '../domain/limits.ts';
import { missingTag } from '../domain/selection.ts';
import type { Subject } from './accepted.ts';
import type { Dependencies } from './dependencies.ts';
import { revokedPrincipal } from './revoked.ts';

/** What the worker's limits and the manifest's guardrails say against the change of an image; null where it may be made. */
export function refusalOf(
  { limits }: Dependencies,
  {
    guardrails,
    imageCount,
    ...step
  }: { readonly guardrails: Guardrails; readonly imageCount: number } & Pick<StepInput, 'policy' | 'earlier'>,
  { observed: { image }, wanted, tags }: Subject & { readonly tags: Readonly<Record<string, string>> },
): Extract<Verdict, { action: 'BLOCKED' }> | null {
  // A revocation gives nothing, whatever it leaves.
  const grants = revokedPrincipal(step) === null ? wanted.grants : [];
  if (limits !== null) {
    const reason =
      checkLimits(limits.rules, { image, wantedGrants: grants }) ?? checkImageCount(limits.rules, imageCount);
    if (reason !== null) return { action: 'BLOCKED', code: 'limits-exceeded', detail: `${image}: ${reason}` };
  }
  const [violation] = checkGuardrails(guardrails, { principals: principalsOf(grants), imageCount });
  const missing = missingTag(tags, guardrails.requiredTags);
  const message =
    violation?.message ??
    (missing === null ? null : `It lacks the tag ${missing}, which guardrails.requiredTags asks for`);
  if (message === null) return null;
  return { action: 'BLOCKED', code: 'guardrail-violated', detail: `${image}: ${message}` };
}
