import { onTestFinished } from 'vitest';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import { isJsonObject } from '../../src/simulator/json.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts';
import type { ImageState } from '../../src/simulator/state.ts';
import type { AccessEntry } from '../../src/simulator/world/records.ts';

/** The account that owns the images of the builders. */
export const ownerAccount = '111111111111';

/** The Region of the images of the builders. */
export const ownerRegion = 'us-east-1';

/** What an image ARN is made of; what is absent is as good as any. */
export type ImageArnParts = {
  readonly account?: string;
  readonly region?: string;
  readonly name?: string;
  readonly version?: string;
  readonly build?: number;
};

/** A valid ARN of an image build. */
export function anImageArn(parts: ImageArnParts = {}): string {
  const { account = ownerAccount, region = ownerRegion, name = 'web', version = '1.0.0', build = 1 } = parts;
  return `arn:aws:imagebuilder:${region}:${account}:image/${name}/${version}/${build}`;
}

/** A policy of one statement: the principals may do the actions, by default RAM's own pair, on the image. */
export function aPolicy(
  imageArn: string,
  principals: readonly string[],
  actions: readonly string[] = ['imagebuilder:GetImage', 'imagebuilder:ListImages'],
): string {
  const statement = { Effect: 'Allow', Principal: { AWS: principals }, Action: actions, Resource: [imageArn] };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

/** A simulator for one test; it is closed when the test is over. */
export async function aSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  onTestFinished(() => simulator.close());
  return simulator;
}

/** What a client of the AWS SDK needs to call the simulator as an account. */
export function clientConfig(url: string, { account = ownerAccount, region = ownerRegion } = {}) {
  return {
    endpoint: url,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId: `AKIA${account}TEST`, secretAccessKey: 'simulated' },
  };
}

/** The names of the operations that were called about an image, in order. */
export function operationsOn(simulator: Pick<Simulator, 'journal'>, image: string): readonly string[] {
  return simulator.journal(image).map(({ operation }) => operation);
}

/** The writes of clients about an image, in order; what others did is left out. */
export function writesOf(simulator: Pick<Simulator, 'journal'>, image: string): readonly JournalEntry[] {
  return simulator.journal(image).filter(({ isWrite, actor }) => isWrite && actor === 'client');
}

/** The writes that were served although what they asked for was so already: a correct client makes none. */
export function idleWritesOf(simulator: Pick<Simulator, 'journal'>, image?: string): readonly JournalEntry[] {
  return simulator
    .journal(image)
    .filter(
      ({ isWrite, actor, alreadyHeld, status }) => isWrite && actor === 'client' && alreadyHeld && status === 200,
    );
}

/** Principals that had access first and last, and not always in between. */
export function accessDips(simulator: Pick<Simulator, 'accessHistory'>, image: string): readonly string[] {
  const history = simulator.accessHistory(image);
  const last = history.at(-1)?.principals ?? [];
  const lasting = (history[0]?.principals ?? []).filter((principal) => last.includes(principal));
  return lasting.filter((principal) => history.some(({ principals }) => !principals.includes(principal)));
}

/** Calls the control API of a simulator in another process, and answers what it says. */
export async function control(url: string, route: string, body?: unknown): Promise<unknown> {
  const [method = 'GET', path = ''] = route.split(' ');
  const response = await fetch(`${url}/_simulator/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** The control of a simulator in another process, for what end-to-end tests ask of it. */
export function remoteSimulator(url: string) {
  const ask = (path: string, image: string | undefined) =>
    control(url, `GET ${path}${image === undefined ? '' : `?image=${encodeURIComponent(image)}`}`);
  return {
    url,
    /** The calls in order, or those about one image. */
    journal: async (image?: string): Promise<readonly JournalEntry[]> =>
      checked(isJournal, await ask('journal', image)),
    /** One image as it truly is. */
    image: async (arn: string): Promise<ImageState> => checked(isImageState, await ask('state', arn)),
    accessHistory: async (image: string): Promise<readonly AccessEntry[]> =>
      checked(isAccessHistory, await ask('access-history', image)),
  };
}

function checked<Value>(isOne: (value: unknown) => value is Value, value: unknown): Value {
  if (isOne(value)) return value;
  throw new Error(`The simulator answered ${JSON.stringify(value)}`);
}

function isJournal(value: unknown): value is readonly JournalEntry[] {
  return Array.isArray(value) && value.every((entry) => isJsonObject(entry) && typeof entry['seq'] === 'number');
}

function isImageState(value: unknown): value is ImageState {
  return isJsonObject(value) && typeof value['imageArn'] === 'string';
}

function isAccessHistory(value: unknown): value is readonly AccessEntry[] {
  return Array.isArray(value) && value.every((entry) => isJsonObject(entry) && typeof entry['at'] === 'number');
}
