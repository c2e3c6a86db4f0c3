import type { YamlPath } from './yaml-source.ts';

/** The parts of a JSON Schema that explain a place in a document. */
export interface SchemaPart {
  readonly description: string | null;
  /** Keys that an object takes, in their order; empty where it takes any. */
  readonly keys: readonly string[];
}

/** What a JSON Schema says about a path; nothing where it does not know the path. */
export function schemaPartAt(schema: unknown, path: YamlPath): SchemaPart {
  const [found] = partsAt([schema], path);
  const alternatives = found === undefined ? [] : [found, ...listOf(found, 'anyOf')];
  const properties = alternatives
    .map((part) => Object.keys(objectOf(objectOf(part)['properties'])))
    .find((keys) => keys.length > 0);
  const description = objectOf(found)['description'];
  return { description: typeof description === 'string' ? description : null, keys: properties ?? [] };
}

function partsAt(schemas: readonly unknown[], path: YamlPath): readonly unknown[] {
  const [key, ...rest] = path;
  if (key === undefined) return schemas;
  const wide = schemas.flatMap((schema) => [schema, ...listOf(schema, 'anyOf')]);
  const inner = wide.flatMap((schema) => {
    const { properties, items, additionalProperties } = objectOf(schema);
    const part = typeof key === 'number' ? items : (objectOf(properties)[key] ?? additionalProperties);
    return typeof part === 'object' ? [part] : [];
  });
  return partsAt(inner, rest);
}

function listOf(schema: unknown, key: string): readonly unknown[] {
  const list = objectOf(schema)[key];
  return Array.isArray(list) ? list : [];
}

/** The object that a value is, or an empty one. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
