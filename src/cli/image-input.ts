import { readFile } from 'node:fs/promises';
import type { ImageInput, ImageOptions } from '../contracts/image.ts';
import { loadManifest } from '../config/load.ts';
import type { ImageArn } from '../domain/arn.ts';
import { AppError } from '../domain/errors.ts';
import type { OverridableGuardrail } from '../domain/guardrails.ts';
import type { Problem } from '../domain/errors.ts';
import { defaultActions, shorthandPolicy } from '../domain/policy.ts';
import { checkPolicy } from '../domain/policy-rules.ts';
import { sha256 } from '../sha256.ts';

/** Where the policy of one image comes from: just one of the three is given. */
export interface PolicyOptions {
  readonly manifest?: string;
  readonly policy?: string;
  readonly principals?: string;
}

/** The input of one image's transaction, and what is doubtful about it. */
export interface CheckedImageInput {
  readonly input: ImageInput;
  readonly warnings: readonly Problem[];
}

const nameWithoutManifest = 'single-image';

const optionsWithoutManifest: ImageOptions = {
  foreignShares: 'block',
  onNotVisible: 'keep',
  ownerRoles: {},
  consumerRoles: {},
  timing: {},
};

/** Reads and checks everything that one image needs. Throws `usage-wrong`, `policy-invalid`, and what `loadManifest` throws. */
export async function imageInput(
  image: ImageArn,
  options: PolicyOptions,
  overrides: readonly OverridableGuardrail[],
): Promise<CheckedImageInput> {
  const { input, warnings } = await checkedInput(image, options, overrides);
  if (!overrides.includes('hold')) return { input, warnings };
  return { input: { ...input, options: { ...input.options, areHoldsOverridden: true } }, warnings };
}

async function checkedInput(
  image: ImageArn,
  options: PolicyOptions,
  overrides: readonly OverridableGuardrail[],
): Promise<CheckedImageInput> {
  const { manifest, policy, principals } = options;
  if ([manifest, policy, principals].filter((given) => given !== undefined).length !== 1) {
    throw new AppError('usage-wrong', 'Give just one of --manifest, --policy and --principals', { item: image });
  }
  if (manifest !== undefined) return fromManifest(image, manifest, overrides);
  const template = policy === undefined ? fromPrincipals(principals ?? '') : await readTemplate(policy);
  const problems = template === null ? [] : checkPolicy(template, { images: [image] });
  refuseErrors(problems, policy ?? '--principals');
  return { input: inputOf(image, nameWithoutManifest, template, optionsWithoutManifest), warnings: problems };
}

async function fromManifest(
  image: ImageArn,
  path: string,
  overrides: readonly OverridableGuardrail[],
): Promise<CheckedImageInput> {
  const { spec, problems } = await loadManifest(path, { overrides });
  return { input: inputOf(image, spec.rolloutName, spec.policyTemplate, spec.options), warnings: problems };
}

function fromPrincipals(list: string): string | null {
  const principals = list
    .split(',')
    .map((principal) => principal.trim())
    .filter((principal) => principal !== '');
  return principals.length === 0 ? null : shorthandPolicy(principals, defaultActions);
}

async function readTemplate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError('file-not-found', `${path} cannot be read`, { item: path, cause: error });
  }
}

function refuseErrors(problems: readonly Problem[], item: string): void {
  if (!problems.some(({ severity }) => severity === 'error')) return;
  throw new AppError('policy-invalid', 'The policy would be refused', { item, problems });
}

function inputOf(image: ImageArn, rolloutName: string, template: string | null, options: ImageOptions): ImageInput {
  return { image, rolloutName, policy: { sha256: sha256(template ?? ''), template }, options };
}
