import { readFileSync } from 'node:fs';
import { objectOf } from '../../src/config/json-schema.ts';
import { limitsJsonSchema } from '../../src/config/limits-schema.ts';
import { manifestJsonSchema } from '../../src/config/schema.ts';
import { cell, generatedNote, table } from './markdown.ts';

const examples = new URL('../../examples/', import.meta.url);

/** `docs/manifest.md`: every field of a manifest and of the worker's limits, from their schemas. */
export function manifestPage(): string {
  return `# The manifest

${generatedNote('src/config/schema.ts and src/config/limits-schema.ts')}

A manifest says which policy goes to which images, in YAML or JSON. \`policy-rollout validate\` checks it without asking AWS and
names every problem at its \`file:line:column\`; \`policy-rollout schema\` prints its JSON Schema for editors. Durations are
written like \`15s\`, \`10m\` or \`4h\`. Account ids need quotes: YAML would read them as numbers.

\`\`\`yaml
${exampleText('manifest.yaml')}
\`\`\`

${fieldTable(manifestJsonSchema())}

## Waves, selections and guardrails

Percentages are of the images that have to be changed in the whole rollout, and round down; a wave has at least one image, and at
least one is worked on at a time. An image is in the first wave that it fits and that has room. A soak ends by looking at the
wave's images again; one that is not in sync any more counts as failed. \`set\` changes the tolerance of the rollout, never a wave's own.
CloudFormation StackSets counts its tolerance per Region and defaults to STRICT; here it is that of the whole rollout, and SOFT. \`apply --override GUARDRAIL --reason TEXT\` sets just
the guardrail aside that a violation names, and the report says so.

\`\`\`yaml
${exampleText('waves.yaml')}
\`\`\`

## A policy document

Instead of \`policy.principals\`, \`policy.file\` names a document in JSON, or \`policy.document\` holds it. \`\${imageArn}\` stands for
the image's own ARN. Every statement allows, names its principals and actions, and has the image as its resource.

\`\`\`json
${exampleText('consumers.policy.json')}
\`\`\`

## The worker's limits

The guardrails of a manifest protect against mistakes, for whoever writes a manifest can change them. What a worker may do at
most stands in a file of its own, which \`POLICY_ROLLOUT_LIMITS\` names. It is checked before every write, undo included, and
no manifest can widen it. What it does not name is forbidden.

\`\`\`yaml
${exampleText('limits.yaml')}
\`\`\`

${fieldTable(limitsJsonSchema())}
`;
}

function exampleText(name: string): string {
  return readFileSync(new URL(name, examples), 'utf8').trimEnd();
}

function fieldTable(schema: unknown): string {
  return table(['Field', 'Type', 'Default', 'Meaning'], rowsOf(schema, '')).join('\n');
}

function rowsOf(schema: unknown, prefix: string): readonly (readonly string[])[] {
  const { properties, required } = objectOf(schema);
  const requiredKeys: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(objectOf(properties)).flatMap(([key, field]) => {
    const name = `${prefix}${key}`;
    return [rowOf(name, objectOf(field), requiredKeys.includes(key)), ...innerRows(field, name)];
  });
}

function innerRows(field: unknown, name: string): readonly (readonly string[])[] {
  const { additionalProperties, items } = objectOf(field);
  if (typeof additionalProperties === 'object') return rowsOf(additionalProperties, `${name}.<account>.`);
  return rowsOf(field, `${name}.`).concat(rowsOf(items, `${name}[].`));
}

function rowOf(name: string, field: Readonly<Record<string, unknown>>, isRequired: boolean): readonly string[] {
  const fallback = isRequired ? 'required' : defaultOf(field['default']);
  const { description } = field;
  return [`\`${name}\``, typeOf(field), fallback, cell(typeof description === 'string' ? description : '')];
}

// An object's own fields have the defaults.
function defaultOf(value: unknown): string {
  return value === undefined || (typeof value === 'object' && !Array.isArray(value))
    ? ''
    : `\`${JSON.stringify(value)}\``;
}

function typeOf({ type, enum: choices, const: only, items, anyOf }: Readonly<Record<string, unknown>>): string {
  if (typeof only === 'string') return `\`${only}\``;
  if (Array.isArray(choices)) return choices.map((choice) => `\`${String(choice)}\``).join(', ');
  if (Array.isArray(anyOf)) return anyOf.map((choice) => typeOf(objectOf(choice))).join(' or ');
  if (type === 'array') return `list of ${typeOf(objectOf(items))}`;
  const names: Readonly<Record<string, string>> = { string: 'text', integer: 'whole number', boolean: 'true or false' };
  return names[String(type)] ?? String(type);
}
