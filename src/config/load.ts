import type { z } from 'zod';
import type { RolloutSpec } from '../contracts/rollout.ts';
import type { ErrorCode, Problem } from '../domain/errors.ts';
import { AppError } from '../domain/errors.ts';
import type { Guardrails, OverridableGuardrail } from '../domain/guardrails.ts';
import { checkGuardrails, withoutOverridden } from '../domain/guardrails.ts';
import { compactImageSet } from '../domain/image-set.ts';
import { principalsOf } from '../domain/grants.ts';
import { policyGrants } from '../domain/policy.ts';
import { objectOf } from './json-schema.ts';
import { changedTiming, defaultTiming } from '../domain/timing.ts';
import { sha256 } from '../sha256.ts';
import type { ManifestFile } from './manifest-file.ts';
import { report } from './manifest-file.ts';
import type { ManifestImages } from './manifest-images.ts';
import { manifestImages } from './manifest-images.ts';
import { policyTemplate } from './manifest-policy.ts';
import { strategyOf } from './manifest-strategy.ts';
import type { Manifest } from './schema.ts';
import { guardrailsSchema, imagesSchema, manifestJsonSchema, manifestSchema, policySchema } from './schema.ts';
import { schemaProblems, syntaxProblems } from './schema-problems.ts';
import { requireTextFile } from './text-file.ts';
import { readYaml } from './yaml-source.ts';

/** A manifest that may be rolled out. */
export interface LoadedManifest {
  readonly spec: RolloutSpec;
  /** Warnings, in the order of the manifest. */
  readonly problems: readonly Problem[];
}

/** How a manifest is read. */
export interface LoadOptions {
  /** Guardrails that somebody has set aside; the spec keeps them, and the rollout is told of it by its origin. */
  readonly overrides?: readonly OverridableGuardrail[];
}

const noImages: ManifestImages = { named: [], selections: [] };

// Temporal refuses payloads of 2 MB; the rest is for what travels with the spec.
const largestSpecBytes = 1_500_000;

/**
 * Reads a manifest and the files it names, and checks all that can be checked without AWS.
 *
 * Throws with every problem in `context.problems`, each at its `file:line:column`: `manifest-invalid`, or where only
 * this is wrong `policy-invalid`, `principal-not-promotable`, `image-arn-invalid`, `guardrail-violated`,
 * `selection-empty` or `file-not-found`. Throws `payload-too-large` where the rollout does not fit into Temporal.
 */
export async function loadManifest(path: string, { overrides = [] }: LoadOptions = {}): Promise<LoadedManifest> {
  const { text, rawText } = await requireTextFile(path, 'manifest-invalid');
  const source = readYaml(text);
  const manifest: ManifestFile = {
    label: path,
    source,
    jsonSchema: manifestJsonSchema(),
    code: 'manifest-invalid',
    problems: [],
    namedTexts: [],
  };
  manifest.problems.push(...syntaxProblems(manifest));
  const parsed = checkedManifest(manifest);
  const { images, template } = await checkedSections(manifest, overrides);
  if (parsed === null || manifest.problems.some(({ severity }) => severity === 'error')) throw refusal(manifest);
  const manifestSha256 = sha256([rawText, ...manifest.namedTexts].join('\0'));
  const spec = specOf(parsed, images, template, manifestSha256);
  requireFit(path, spec, images.named.length);
  return { spec, problems: inOrder(manifest.problems) };
}

function checkedManifest(manifest: ManifestFile): Manifest | null {
  const { success, data, error } = manifestSchema.safeParse(manifest.source.value);
  if (success) return data;
  // Of a text with wrong syntax a part is missing, so that what the schema says of the rest would mislead.
  if (manifest.problems.length === 0) manifest.problems.push(...schemaProblems(manifest, error.issues));
  return null;
}

// Each section by itself, so that a slip in one of them does not hide what is wrong with the others.
async function checkedSections(
  manifest: ManifestFile,
  overrides: readonly OverridableGuardrail[],
): Promise<{ readonly images: ManifestImages; readonly template: string | null }> {
  const imagesSection = sectionOf(manifest, 'images', imagesSchema);
  const images = imagesSection === null ? noImages : await manifestImages(manifest, imagesSection);
  const policy = sectionOf(manifest, 'policy', policySchema);
  const template = policy === null ? null : await policyTemplate(manifest, policy, images.named);
  const guardrails = sectionOf(manifest, 'guardrails', guardrailsSchema.prefault({}));
  if (guardrails !== null) {
    checkAgainstGuardrails(manifest, withoutOverridden(guardrails, overrides), template, images.named.length);
  }
  return { images, template };
}

function sectionOf<Output>({ source }: ManifestFile, name: keyof Manifest, schema: z.ZodType<Output>): Output | null {
  // Where the syntax is wrong, what was read of a section may be half of it.
  if (source.problems.length > 0) return null;
  const section = schema.safeParse(objectOf(source.value)[name]);
  return section.success ? section.data : null;
}

function checkAgainstGuardrails(
  manifest: ManifestFile,
  guardrails: Guardrails,
  template: string | null,
  imageCount: number,
): void {
  const change = { principals: principalsIn(template), imageCount };
  for (const { at, ...problem } of checkGuardrails(guardrails, change)) report(manifest, at.split('.'), problem);
}

function principalsIn(template: string | null): readonly string[] {
  try {
    // No account is called so: the manifest names owners by its images only.
    return template === null ? [] : principalsOf(policyGrants(template, ''));
  } catch {
    // A template that cannot be read has its problems already.
    return [];
  }
}

function specOf(
  manifest: Manifest,
  { named, selections }: ManifestImages,
  policyTemplate: string | null,
  manifestSha256: string,
): RolloutSpec {
  const { foreignShares, ...guardrails } = manifest.guardrails;
  const { timeout, settle, onNotVisible, consumerRoles } = manifest.verification;
  return {
    rolloutName: manifest.name,
    policyTemplate,
    policySha256: sha256(policyTemplate ?? ''),
    images: compactImageSet(named),
    selections,
    exclude: manifest.images.exclude,
    guardrails,
    strategy: strategyOf(manifest.strategy),
    options: {
      foreignShares,
      onNotVisible,
      ownerRoles: ownerRolesOf(manifest),
      consumerRoles,
      ...(manifest.rateLimits === undefined ? {} : { rateLimits: manifest.rateLimits }),
      timing: changedTiming({
        verificationTimeoutMs: timeout,
        settleMs: settle,
        // Nobody who has not accepted is waited for beyond the time that a proof may take.
        acceptanceGraceMs: Math.min(timeout, defaultTiming.acceptanceGraceMs),
      }),
    },
    ...accountNamesOf(manifest),
    manifestSha256,
  };
}

function ownerRolesOf({ accounts }: Manifest): RolloutSpec['options']['ownerRoles'] {
  const named = Object.entries(accounts);
  return Object.fromEntries(named.flatMap(([id, { roleArn }]) => (roleArn === undefined ? [] : [[id, { roleArn }]])));
}

function accountNamesOf({ accounts }: Manifest): Pick<RolloutSpec, 'accountNames'> {
  const named = Object.entries(accounts).flatMap(([id, { name }]) => (name === undefined ? [] : [[id, name] as const]));
  return named.length === 0 ? {} : { accountNames: Object.fromEntries(named) };
}

function requireFit(path: string, spec: RolloutSpec, imageCount: number): void {
  const bytes = Buffer.byteLength(JSON.stringify(spec));
  if (bytes <= largestSpecBytes) return;
  const detail = `${path} makes a rollout of ${bytes} bytes for ${imageCount} images, and at most ${largestSpecBytes} fit`;
  throw new AppError('payload-too-large', detail, { item: path });
}

function refusal({ label, code, problems }: ManifestFile): AppError {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const worst: ErrorCode = errors.some((problem) => problem.code === code) ? code : (errors[0]?.code ?? code);
  const count = errors.length === 1 ? '1 problem' : `${errors.length} problems`;
  return new AppError(worst, `${label} has ${count}`, { item: label, problems: inOrder(problems) });
}

// By file in the order they were met, then by line and column.
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const placed = problems.map((problem) => {
    const [, file = problem.at, line = '0', column = '0'] = /^(.*):(\d+):(\d+)$/.exec(problem.at) ?? [];
    return { problem, file, line: Number(line), column: Number(column) };
  });
  const files = [...new Set(placed.map(({ file }) => file))];
  placed.sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column);
  return placed.map(({ problem }) => problem);
}
