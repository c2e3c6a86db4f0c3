import type { Act, Intervention } from './acts.ts';
import type { FaultRule } from './faults.ts';
import type { JournalEntry } from './journal.ts';
import type { Seed } from './seed.ts';
import type { Settings } from './settings.ts';
import type { ImageState } from './state.ts';
import type { AccessEntry, ImageBehaviour } from './world/records.ts';

/** The control of a running simulator; the same over HTTP below `/_simulator/`. */
export type SimulatorControl = {
  /** Back to how it started: settings, seed, faults, interventions; the journal is empty. */
  readonly reset: () => void;
  /** Adds images, permissions and shares. Throws where they contradict themselves. */
  readonly seed: (seed: Seed) => void;
  readonly settings: () => Settings;
  /** Replaces the settings given; the others stay. */
  readonly changeSettings: (settings: Partial<Settings>) => void;
  /** Adds fault rules behind those that are there. */
  readonly addFaults: (faults: readonly FaultRule[]) => void;
  readonly clearFaults: () => void;
  /** Adds interventions. `clearFaults` removes them too. */
  readonly addInterventions: (interventions: readonly Intervention[]) => void;
  /** How an image departs from the profile, from now on. */
  readonly behave: (image: string, behaviour: ImageBehaviour) => void;
  /** Does at once what somebody else would do; the entries say what came of it. */
  readonly act: (act: Act) => readonly JournalEntry[];
  /** Every call in order, or those that are about one image. */
  readonly journal: (image?: string) => readonly JournalEntry[];
  /** One image as it truly is; undefined where there is none. */
  readonly image: (arn: string) => ImageState | undefined;
  /** All images as they truly are. */
  readonly images: () => readonly ImageState[];
  /** Who had access to an image by ARN, from which instant on; the newest entry last. */
  readonly accessHistory: (image: string) => readonly AccessEntry[];
  /** Lets every pending transition end now, and what follows from it. Expiries wait for their time. */
  readonly settle: () => void;
  /** Jumps ahead in time; what falls due on the way happens. */
  readonly advance: (durationMs: number) => void;
};
