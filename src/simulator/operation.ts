import type { JsonObject } from './json.ts';
import type { World } from './world/world.ts';

export type Service = 'imagebuilder' | 'ram' | 'sts';

/** One call as an operation sees it. */
export type Call = {
  readonly account: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly parameters: JsonObject;
};

/** What an operation answers, and what became of the world. */
export type Outcome = {
  readonly body: JsonObject;
  /** Absent: it only read. `already-held`: it was asked for what was so already. */
  readonly effect?: 'changed' | 'already-held';
};

/** One operation of one service, found by method and path. */
export type Operation = {
  readonly service: Service;
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** Changes the world, or would. */
  readonly isWrite: boolean;
  /** Throws an AwsError where AWS answers one. */
  readonly run: (world: World, call: Call) => Outcome;
};

/** The effect of a write, by whether its wish was so already. */
export function effectOf({ alreadyHeld }: { readonly alreadyHeld: boolean }): 'changed' | 'already-held' {
  return alreadyHeld ? 'already-held' : 'changed';
}
