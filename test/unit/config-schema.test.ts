import { describe, expect, it } from 'vitest';
import { objectOf, schemaPartAt } from '../../src/config/json-schema.ts';
import { limitsJsonSchema } from '../../src/config/limits-schema.ts';
import { nearMiss } from '../../src/config/near-miss.ts';
import { manifestJsonSchema } from '../../src/config/schema.ts';

describe('a JSON Schema', () => {
  it.each([
    ['the manifest', manifestJsonSchema()],
    ['the limits', limitsJsonSchema()],
  ])('of %s says what every field means, and takes no other', (_, schema) => {
    const parts = partsOf(schema);

    expect(parts.length).toBeGreaterThan(5);
    expect(parts.filter(({ description }) => typeof description !== 'string')).toEqual([]);
    expect(
      parts.filter(
        ({ properties, additionalProperties }) => properties !== undefined && additionalProperties !== false,
      ),
    ).toEqual([]);
  });

  it('names the kind of text that an editor can check', () => {
    const { properties } = manifestJsonSchema();
    const { timeout } = objectOf(objectOf(objectOf(properties)['verification'])['properties']);

    expect(timeout).toMatchObject({
      type: 'string',
      default: '15m',
      pattern: expect.stringContaining('ms|s|m|h|d') as unknown,
    });
  });

  it('explains a place of a document, by whatever form', () => {
    const schema = manifestJsonSchema();

    expect(schemaPartAt(schema, ['images', 'include', 3, 'file']).description).toContain('one image ARN a line');
    expect(schemaPartAt(schema, ['images', 'include', 3]).keys).toEqual(['file', 'select']);
    expect(schemaPartAt(schema, ['accounts', '111111111111']).keys).toEqual(['name', 'roleArn']);
    expect(schemaPartAt(schema, ['nothing', 'at', 'all'])).toEqual({ description: null, keys: [] });
  });
});

describe('a near miss', () => {
  it.each([
    ['principal', 'principals'],
    ['Name', 'name'],
    ['max_images', 'maxImages'],
    ['max-images', 'maxImages'],
    ['maxImage', 'maxImages'],
    ['pricnipals', 'principals'],
    ['princ', 'principals'],
  ])('of %s is %s', (written, meant) => {
    expect(nearMiss(written, ['name', 'maxImages', 'principals'])).toBe(meant);
  });

  it.each(['', 'x', 'zzz', 'waves', 'x'.repeat(10_000)])('of %.20s is nothing', (written) => {
    expect(nearMiss(written, ['name', 'maxImages', 'principals'])).toBeNull();
  });

  it('of anything is nothing where nothing is known', () => {
    expect(nearMiss('name', [])).toBeNull();
  });
});

type Part = Readonly<Record<string, unknown>>;

function partsOf(schema: unknown): readonly Part[] {
  const part = objectOf(schema);
  const { properties, items, additionalProperties, anyOf } = part;
  const described = Object.values(objectOf(properties));
  const inner = [...described, items, additionalProperties].filter((value) => typeof value === 'object');
  // What a document of a policy holds is checked by the rules of policies.
  const isOpen = Object.keys(part).length === 0;
  const choices = Array.isArray(anyOf) ? anyOf.flatMap((choice) => partsOf(choice).slice(1)) : [];
  return isOpen
    ? []
    : [
        ...(typeof part['description'] === 'string' || properties === undefined ? [part] : []),
        ...inner.flatMap(partsOf),
        ...choices,
      ];
}
