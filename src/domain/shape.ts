/** What a value from outside must look like: says the first thing that is wrong at a path, null where nothing is. */
export type Shape = (value: unknown, path: string) => string | null;

/** A text, of at most so many characters where there is a limit. */
export function aText(mostCharacters = Number.POSITIVE_INFINITY): Shape {
  const wanted = Number.isFinite(mostCharacters) ? `a text of at most ${mostCharacters} characters` : 'a text';
  return simple(wanted, (value) => typeof value === 'string' && value.length <= mostCharacters);
}

/** A text that looks so. */
export function aTextLike(pattern: RegExp, wanted: string): Shape {
  return simple(wanted, (value) => typeof value === 'string' && pattern.test(value));
}

/** A moment as ISO text. */
export const aTime = simple('a time in ISO format', (value) => typeof value === 'string' && !isNaN(Date.parse(value)));

export const aFlag = simple('true or false', (value) => typeof value === 'boolean');

export const aNumber = simple('a number', (value) => Number.isFinite(value));

/** A number of things. */
export function aCount(least = 0, most = Number.POSITIVE_INFINITY): Shape {
  const isIn = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
  return simple(`a whole number${limitsText(least, most)}`, isIn);
}

/** Any number between two, both included. */
export function aNumberIn(least: number, most: number): Shape {
  const isIn = (value: unknown): boolean => typeof value === 'number' && value >= least && value <= most;
  return simple(`a number${limitsText(least, most)}`, isIn);
}

/** One of the texts given. */
export function oneOf(...texts: readonly string[]): Shape {
  return simple(`one of ${texts.join(', ')}`, (value) => texts.some((text) => text === value));
}

/** Null, or what the shape says. */
export function orNull(shape: Shape): Shape {
  return (value, path) => (value === null ? null : shape(value, path));
}

/** What one of the shapes says; told is what the last one has against it. */
export function anyOf(...shapes: readonly Shape[]): Shape {
  return (value, path) => {
    const problems = shapes.map((shape) => shape(value, path));
    return problems.includes(null) ? null : (problems.at(-1) ?? null);
  };
}

/** A list of these, with at least so many. */
export function aListOf(member: Shape, least = 0): Shape {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < least)
      return `${nameOf(path)} must be a list${least > 0 ? ', not empty' : ''}`;
    return firstOf(value, (one: unknown, index) => member(one, `${path}[${index}]`));
  };
}

/** An object with members of one shape under any names, or under those that are known. */
export function aRecordOf(member: Shape, names?: readonly string[]): Shape {
  return (value, path) => {
    if (!isObject(value)) return `${nameOf(path)} must be an object`;
    return firstOf(Object.entries(value), ([name, one]) =>
      names === undefined || names.includes(name) ? member(one, at(path, name)) : `${at(path, name)} is not known`,
    );
  };
}

/** An object with these members, and these others where they are there. Whoever is newer may send more. */
export function anObject(
  required: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>> = {},
): Shape {
  return (value, path) => {
    if (!isObject(value)) return `${nameOf(path)} must be an object`;
    const missing = Object.keys(required).find((name) => value[name] === undefined);
    if (missing !== undefined) return `${at(path, missing)} is missing`;
    return firstOf(Object.entries({ ...optional, ...required }), ([name, shape]) =>
      value[name] === undefined ? null : shape(value[name], at(path, name)),
    );
  };
}

function simple(wanted: string, isOne: (value: unknown) => boolean): Shape {
  return (value, path) => (isOne(value) ? null : `${nameOf(path)} must be ${wanted}`);
}

function firstOf<Item>(items: readonly Item[], problemOf: (item: Item, index: number) => string | null): string | null {
  for (const [index, item] of items.entries()) {
    const problem = problemOf(item, index);
    if (problem !== null) return problem;
  }
  return null;
}

function limitsText(least: number, most: number): string {
  return Number.isFinite(most) ? ` from ${least} to ${most}` : `, ${least} or more`;
}

function at(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function nameOf(path: string): string {
  return path === '' ? 'the value' : path;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
