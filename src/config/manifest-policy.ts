import type { z } from 'zod';
import type { ImageArn } from '../domain/arn.ts';
import type { TextPlace } from '../domain/json-source.ts';
import { defaultActions, shorthandPolicy } from '../domain/policy.ts';
import type { DocumentPath } from '../domain/policy-report.ts';
import { checkPolicy } from '../domain/policy-rules.ts';
import { canonicalPrincipal } from '../domain/principal.ts';
import type { ManifestFile } from './manifest-file.ts';
import { readNamedFile } from './manifest-file.ts';
import type { policySchema } from './schema.ts';
import { placeIn } from './schema-problems.ts';

type PolicySection = z.output<typeof policySchema>;

interface Template {
  readonly text: string;
  readonly placeName: (path: DocumentPath, place: TextPlace) => string;
}

/**
 * The policy template that a manifest means, checked for its images; null where nobody is wanted, and where its file
 * cannot be read. What is wrong or doubtful is added to the manifest's problems.
 */
export async function policyTemplate(
  manifest: ManifestFile,
  policy: PolicySection,
  images: readonly ImageArn[],
): Promise<string | null> {
  const template = await templateOf(manifest, policy);
  if (template === null) return null;
  const { principalKinds } = policy;
  manifest.problems.push(...checkPolicy(template.text, { images, principalKinds, placeName: template.placeName }));
  return template.text;
}

async function templateOf(manifest: ManifestFile, policy: PolicySection): Promise<Template | null> {
  const { principals, actions = defaultActions, file: name, document } = policy;
  if (document !== undefined) {
    return { text: JSON.stringify(document), placeName: (path) => placeIn(manifest, ['policy', 'document', ...path]) };
  }
  if (name !== undefined) {
    const file = await readNamedFile(manifest, ['policy', 'file'], name);
    if (file === null) return null;
    return { text: file.text, placeName: (_, { line, column }) => `${file.label}:${line}:${column}` };
  }
  if (principals === undefined || principals.length === 0) return null;
  const text = shorthandPolicy(principals, actions);
  return { text, placeName: (path) => placeIn(manifest, shorthandPath(path, text, principals)) };
}

// The document is ours, so a problem of it is one of the words that it was made from.
function shorthandPath(path: DocumentPath, text: string, principals: readonly string[]): DocumentPath {
  if (path.includes('Action')) return ['policy', 'actions'];
  const value = path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? Object.getOwnPropertyDescriptor(inner, key)?.value : null,
    JSON.parse(text),
  );
  const words = [value].flat().map(String);
  const index = principals
    .map(canonicalPrincipal)
    .findIndex((principal) => words.some((word) => isAbout(word, principal)));
  return index < 0 ? ['policy', 'principals'] : ['policy', 'principals', index];
}

// A unit stands within the path of a condition.
function isAbout(word: string, principal: string): boolean {
  return word === principal || word.includes(`/${principal}/`);
}
