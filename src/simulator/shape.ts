import { isJsonObject } from './json.ts';

/** What a value from outside must look like. */
export type Shape<Value> = {
  /** What is wrong with the value, each problem at its path; empty where nothing is. */
  readonly problems: (value: unknown, path: string) => readonly string[];
  /** Carries the type; never set. */
  readonly type?: Value;
};

type ShapeOf<Fields> = { readonly [Name in keyof Fields]: Fields[Name] extends Shape<infer Value> ? Value : never };

/** Whether the value has the shape. */
export function hasShape<Value>(shape: Shape<Value>, value: unknown): value is Value {
  return shape.problems(value, '').length === 0;
}

export const aText = simple<string>('a text', (value) => typeof value === 'string');
export const aFlag = simple<boolean>('true or false', (value) => typeof value === 'boolean');
export const aNumber = simple<number>('a number, 0 or more', (value) => typeof value === 'number' && value >= 0);
export const anObject = simple<Readonly<Record<string, unknown>>>('an object', isJsonObject);

/** One of the values given. */
export function oneOf<const Value extends string>(...values: readonly Value[]): Shape<Value> {
  return simple<Value>(`one of ${values.join(', ')}`, (value) => values.some((allowed) => allowed === value));
}

export function listOf<Value>(item: Shape<Value>): Shape<readonly Value[]> {
  return {
    problems: (value, path) =>
      Array.isArray(value)
        ? value.flatMap((member, index) => item.problems(member, `${path}[${index}]`))
        : [`${path} must be a list`],
  };
}

export function recordOf<Value>(item: Shape<Value>): Shape<Readonly<Record<string, Value>>> {
  return {
    problems: (value, path) =>
      isJsonObject(value)
        ? Object.entries(value).flatMap(([name, member]) => item.problems(member, `${path}.${name}`))
        : [`${path} must be an object`],
  };
}

/** Either shape; the problems told are those of the one that comes closer. */
export function eitherOf<Left, Right>(left: Shape<Left>, right: Shape<Right>): Shape<Left | Right> {
  return {
    problems: (value, path) => {
      const [ofLeft, ofRight] = [left.problems(value, path), right.problems(value, path)];
      return ofLeft.length <= ofRight.length ? ofLeft : ofRight;
    },
  };
}

/** An object with all of the required members, any of the optional ones, and no others. */
export function object<
  Required extends Readonly<Record<string, Shape<unknown>>>,
  Optional extends Readonly<Record<string, Shape<unknown>>>,
>(required: Required, optional: Optional): Shape<ShapeOf<Required> & Partial<ShapeOf<Optional>>> {
  return {
    problems: (value, path) => {
      if (!isJsonObject(value)) return [`${path === '' ? 'the whole' : path} must be an object`];
      const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
      const missing = Object.keys(required).filter((name) => value[name] === undefined);
      const wrong = Object.entries(value).flatMap(([name, member]) => {
        const shape = required[name] ?? optional[name];
        return shape === undefined ? [`${at(name)} is not known`] : shape.problems(member, at(name));
      });
      return [...missing.map((name) => `${at(name)} is missing`), ...wrong];
    },
  };
}

function simple<Value>(wanted: string, isOne: (value: unknown) => boolean): Shape<Value> {
  return { problems: (value, path) => (isOne(value) ? [] : [`${path} must be ${wanted}`]) };
}
