import type { AwsError } from './aws-error.ts';
import { optionalCount, optionalText } from './parameters.ts';
import type { Call, Outcome } from './operation.ts';
import type { JsonObject } from './json.ts';
import type { World } from './world/world.ts';

/** How a service cuts its lists into pages. */
export type Pages = {
  readonly defaultSize: number;
  readonly maxSize: number;
  readonly invalidSize: (message: string) => AwsError;
  readonly invalidToken: (message: string) => AwsError;
};

/** One page of a list under its key; rendered are only the items of the page. */
export function pageOf<Item>(
  world: World,
  call: Call,
  {
    pages,
    key,
    items,
    render,
  }: {
    readonly pages: Pages;
    readonly key: string;
    readonly items: readonly Item[];
    readonly render: (item: Item) => unknown;
  },
): Outcome {
  const size = optionalCount(call.parameters, 'maxResults') ?? pages.defaultSize;
  if (size < 1 || size > pages.maxSize) {
    throw pages.invalidSize(`maxResults must be between 1 and ${pages.maxSize}`);
  }
  const token = optionalText(call.parameters, 'nextToken');
  if (token === undefined && world.settings.emptyPages) return { body: { [key]: [], nextToken: tokenAt(0) } };
  const start = token === undefined ? 0 : startOf(token);
  if (start === undefined) throw pages.invalidToken('The nextToken is not valid.');
  const end = start + size;
  const body: JsonObject = { [key]: items.slice(start, end).map(render) };
  return { body: end < items.length ? { ...body, nextToken: tokenAt(end) } : body };
}

function tokenAt(start: number): string {
  return Buffer.from(`from ${start}`).toString('base64url');
}

function startOf(token: string): number | undefined {
  const [, start] = /^from ([0-9]+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  return start === undefined ? undefined : Number(start);
}
