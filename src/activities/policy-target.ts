import type { TemplateReference } from '../contracts/image.ts';
import type { ImageArn } from '../domain/arn.ts';
import { imageArnParts } from '../domain/arn.ts';
import { policyGrants, renderPolicy } from '../domain/policy.ts';
import type { Target } from '../domain/situation.ts';
import type { Dependencies } from './dependencies.ts';

/** What a policy wants of an image. */
export async function policyTarget(
  dependencies: Pick<Dependencies, 'policyTemplate'>,
  policy: TemplateReference,
  image: ImageArn,
): Promise<Target> {
  const template = await dependencies.policyTemplate(policy);
  if (template === null) return { grants: [], document: null };
  const document = renderPolicy(template, image);
  return { grants: policyGrants(document, imageArnParts(image).account), document };
}
