import type { Act, Intervention } from './acts.ts';
import { SimulatorClock } from './clock.ts';
import type { SimulatorControl } from './control.ts';
import { answerControlCall } from './control-api.ts';
import { Engine } from './engine.ts';
import type { FaultRule } from './faults.ts';
import { startServer } from './http-server.ts';
import type { JournalEntry } from './journal.ts';
import type { Seed } from './seed.ts';
import { plant } from './seeding.ts';
import { defaultSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import { stateOf } from './state.ts';
import type { ImageState } from './state.ts';
import type { AccessEntry, ImageBehaviour } from './world/records.ts';

/** How a simulator starts. Everything has a default: no lag, the `likely` profile, an empty world, a free port. */
export type SimulatorOptions = {
  /** Lags, profile, organisation, limits: what is absent is as in `defaultSettings`. */
  readonly settings?: Partial<Settings>;
  readonly seed?: Seed;
  readonly faults?: readonly FaultRule[];
  readonly interventions?: readonly Intervention[];
  /** 0 (default): a free one. Always on 127.0.0.1. */
  readonly port?: number;
  /** The account of credentials without 12 digits in their access key id. Default 111111111111. */
  readonly defaultAccount?: string;
  /** The Region that examples and reports name. Default us-east-1. */
  readonly region?: string;
  /** Decides what happens by probability. Default 1. */
  readonly randomSeed?: number;
  /** The time of day in ms; default `Date.now`. A test that wants to own the time gives a constant and calls `advance`. */
  readonly now?: () => number;
};

/** A running simulator. */
export type Simulator = SimulatorControl & {
  /** The endpoint of all three services. */
  readonly url: string;
  readonly port: number;
  /** Ends it, also with calls under way. */
  readonly close: () => Promise<void>;
};

/** Starts Image Builder, RAM and STS on one port of 127.0.0.1. Rejects where the port is taken or the seed is wrong. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const control = new Control(options);
  const defaults = { account: options.defaultAccount ?? '111111111111', region: options.region ?? 'us-east-1' };
  const server = await startServer({
    port: options.port ?? 0,
    defaults,
    engine: () => control.engine,
    answerControlCall: (method, path, query, body) => answerControlCall(control, { method, path, query, body }),
  });
  return Object.assign(control, server);
}

class Control implements SimulatorControl {
  readonly #options: SimulatorOptions;
  readonly #clock: SimulatorClock;
  engine: Engine;

  constructor(options: SimulatorOptions) {
    this.#options = options;
    this.#clock = new SimulatorClock(options.now ?? Date.now);
    this.engine = this.#newEngine();
  }

  readonly reset = (): void => {
    this.engine = this.#newEngine();
  };

  readonly seed = (seed: Seed): void => plant(this.engine.world, seed);

  readonly settings = (): Settings => this.engine.world.settings;

  readonly changeSettings = (settings: Partial<Settings>): void => {
    this.engine.buckets.clear();
    this.engine.world.useSettings({ ...this.engine.world.settings, ...settings });
  };

  readonly addFaults = (faults: readonly FaultRule[]): void => this.engine.faults.add(faults);

  readonly clearFaults = (): void => {
    this.engine.faults.clear();
    this.engine.interventions.clear();
  };

  readonly addInterventions = (interventions: readonly Intervention[]): void =>
    this.engine.interventions.add(interventions);

  readonly behave = (arn: string, behaviour: ImageBehaviour): void => {
    const image = this.engine.world.images.get(arn);
    if (image === undefined) throw new Error(`There is no image ${arn}.`);
    image.behaviour = behaviour;
  };

  readonly act = (act: Act): readonly JournalEntry[] => this.engine.act(act);

  readonly journal = (image?: string): readonly JournalEntry[] => this.engine.journal.entries(image);

  readonly image = (arn: string): ImageState | undefined => {
    this.engine.world.catchUp();
    const image = this.engine.world.images.get(arn);
    return image === undefined ? undefined : stateOf(this.engine.world, image);
  };

  readonly images = (): readonly ImageState[] => {
    this.engine.world.catchUp();
    return [...this.engine.world.images.values()].map((image) => stateOf(this.engine.world, image));
  };

  readonly accessHistory = (arn: string): readonly AccessEntry[] => {
    this.engine.world.catchUp();
    return this.engine.world.images.get(arn)?.accessHistory ?? [];
  };

  readonly settle = (): void => this.engine.world.settle();

  readonly advance = (durationMs: number): void => {
    this.#clock.skip(durationMs);
    this.engine.world.catchUp();
  };

  #newEngine(): Engine {
    const { settings, seed, faults = [], interventions = [], randomSeed = 1 } = this.#options;
    const engine = new Engine({ ...defaultSettings, ...settings }, this.#clock, randomSeed);
    plant(engine.world, seed ?? {});
    engine.faults.add(faults);
    engine.interventions.add(interventions);
    return engine;
  }
}
