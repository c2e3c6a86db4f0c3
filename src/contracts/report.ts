import type { ErrorCode } from '../domain/errors.ts';
import type { OverridableGuardrail } from '../domain/guardrails.ts';
import type { FinalImageState, ImageCounts, ImageState, RolloutState } from '../domain/image-state.ts';
import type { ImageError, ImageOutcome } from './image.ts';
import type { Repeats } from '../domain/selection.ts';
import type { ThrottledCalls } from '../domain/throttled.ts';
import type { RecordedMessage } from './requests.ts';
import type { Awaited, FailureSummary, PresentPace, RolloutError, StartedUndo, WaveStatus } from './rollout.ts';

/** What status and report of a rollout have in common. */
export interface RolloutHead {
  readonly formatVersion: 1;
  readonly rolloutName: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly state: RolloutState;
  readonly counts: ImageCounts;
  /** ISO text, as all times. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** A claim, unless the cluster authenticates its clients. */
  readonly startedBy: string;
  readonly reason: string | null;
  readonly annotations: Readonly<Record<string, string>>;
  readonly manifestSha256: string;
  /** SHA-256 of the worker's file of limits; null where it had none, or while nothing is known of it. */
  readonly limitsSha256: string | null;
  /** What was asked of the rollout while it ran, in order: at most the last 50. */
  readonly messages: readonly RecordedMessage[];
  /** Why it ended early. */
  readonly error?: RolloutError;
  /** Where it was aborted with an undo, and has ended. */
  readonly undo?: StartedUndo;
}

/** Where a rollout stands. */
export interface StatusReport extends RolloutHead {
  /** The first failures: at most 5 of each batch, and 20 of those that have ended. All are in the report. */
  readonly failures: readonly FailureSummary[];
  /** What the rollout waits for, and the command that answers it. */
  readonly awaits: Awaited | null;
  /** In their order; those without an image to change are left out. Empty until the images are known. */
  readonly waves: readonly WaveStatus[];
  /** The numbers that it goes by; null until the images are known. */
  readonly effective: PresentPace | null;
  /** Images of which the work ended within the last minute; null after the end. */
  readonly imagesPerMinute: number | null;
  /** Calls that AWS throttled, those of looks too, and that were repeated at a lower pace. */
  readonly throttledCount: number;
  /** Which these were, with the pace that a worker went on with: the worst 10 operations first. */
  readonly throttled: readonly ThrottledCalls[];
  /** Why a step fails that is repeated, and that the whole rollout waits for; of one image, where none has ended for a minute. */
  readonly heldUpBy: ImageError | null;
}

/** Why an image did not succeed, with the words of the registry. */
export interface ReportedError {
  readonly code: ErrorCode;
  readonly title: string;
  readonly detail: string;
  readonly hint: string;
  readonly requestId?: string;
}

/** One image of a report. */
export interface ReportedImage extends Omit<ImageOutcome, 'state' | 'hasWritten' | 'error'> {
  readonly state: ImageState;
  /** Null where the image was in no wave: it did not have to be changed, or could not be. */
  readonly wave: string | null;
  /** How often a transaction was started for the image: 0 where nothing had to be, or could be, done. */
  readonly attempts: number;
  /** The workflow of the image: the same in all rollouts, because it is the image's lock. */
  readonly workflowId: string;
  /** The run of the last attempt, in which the steps and the evidence are; null where there was none. */
  readonly runId: string | null;
  readonly error?: ReportedError;
}

/** Everything that is known of a rollout, every image exactly once, in the order in which it was looked at. */
export interface RolloutReport extends RolloutHead {
  /** How often what did not succeed was run again; the images are those of all runs. */
  readonly redriveCount: number;
  /** The run that was redriven, where Temporal has forgotten it: `counts` has its images that had succeeded, `images` has not. */
  readonly forgotten?: { readonly runId: string; readonly counts: ImageCounts };
  /** False where it ended, or stands, before every selection had its answer: then only the images that are named are here. */
  readonly areImagesKnown: boolean;
  /** Images that were named or found again, and taken once; null where none was. */
  readonly repeats: Repeats | null;
  /** Guardrails that were set aside, for the rollout's reason. */
  readonly overrides: readonly OverridableGuardrail[];
  /** What the rollout waits for, and the command that answers it; null after the end, and where no worker can say. */
  readonly awaits: Awaited | null;
  readonly waves: readonly { readonly name: string; readonly counts: ImageCounts }[];
  readonly images: readonly ReportedImage[];
}

/** Whether a redrive has to look for the images anew: they were never known, or none was found. */
export function isSelectedAnew({ areImagesKnown, error }: Pick<RolloutReport, 'areImagesKnown' | 'error'>): boolean {
  return !areImagesKnown || error?.code === 'selection-empty';
}

/** The end of one image that was rolled out alone. */
export interface ImageReport extends Omit<ImageOutcome, 'state' | 'hasWritten' | 'error'> {
  readonly formatVersion: 1;
  readonly workflowId: string;
  readonly runId: string;
  readonly state: FinalImageState;
  readonly error?: ReportedError;
}
