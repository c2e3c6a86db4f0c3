import { readBaselines } from './client/baselines.ts';
import type { ConnectOptions } from './client/connection.ts';
import { openConnection } from './client/connection.ts';
import type { Aborted, AbortOptions } from './client/abort.ts';
import { abortRollout } from './client/abort.ts';
import { askRollout } from './client/ask.ts';
import type { FollowOptions } from './client/follow.ts';
import { followRollout } from './client/follow.ts';
import { addHold, readHolds, removeHold } from './client/holds.ts';
import { imageOutcome } from './client/image-outcome.ts';
import type { LookOptions } from './client/look.ts';
import type { PlanOptions } from './client/looks.ts';
import { driftFrom, planOf, verifyImages } from './client/looks.ts';
import { redriveRollout } from './client/redrive.ts';
import type { RevocationRequest, StartedRevocation } from './client/revoke.ts';
import { planRevocation, revoke } from './client/revoke.ts';
import { reportOf, rolloutStatus } from './client/rollout-status.ts';
import { describeSchedule, listSchedules } from './client/schedule-document.ts';
import type { ScheduleChange, TriggeredRun } from './client/schedules.ts';
import {
  createSchedule,
  deleteSchedule,
  pauseSchedule,
  resumeSchedule,
  triggerSchedule,
  updateSchedule,
} from './client/schedules.ts';
import type { SetupOptions, SetupResult } from './client/setup.ts';
import { requireAttributes, setUpNamespace } from './client/setup.ts';
import type { Started } from './client/start.ts';
import { runningRollout, startImage, startRollout } from './client/start.ts';
import { undoFromBaselines, undoRollout } from './client/undo.ts';
import { hasWorker, listWorkers, requireWorker } from './client/worker-presence.ts';
import type { BaselinesDocument } from './contracts/baselines.ts';
import type { ImageInput } from './contracts/image.ts';
import type { Origin, Request } from './contracts/requests.ts';
import type { DriftDocument, PlanDocument, VerifyDocument } from './contracts/plan-document.ts';
import type { ImageReport, RolloutReport, StatusReport } from './contracts/report.ts';
import type { PlannedBase, RolloutOrigin, RolloutSpec } from './contracts/rollout.ts';
import type { ListedSchedule, ScheduleDocument, ScheduleInput } from './contracts/schedule.ts';
import { defaultTaskQueue } from './contracts/task-queue.ts';
import type { ImageArn } from './domain/arn.ts';
import { AppError } from './domain/errors.ts';
import type { Hold } from './domain/holds.ts';

/**
 * Everything that a program can do with rollouts; the command line can do nothing else.
 *
 * Every method makes its calls under a deadline of 10 s, and throws `AppError`s: besides those that it names, always
 * `temporal-unreachable` and `temporal-namespace-missing`, and `payload-undecryptable` where a key is missing.
 */
export interface PolicyRolloutClient {
  /** host:port of the Temporal server. */
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /**
   * Starts a rollout, whose workflow id is `rollout/<name>`. A rollout of this name that runs with the same manifest is
   * attached to. Throws `rollout-running` where it runs with another one, or for a schedule, `payload-too-large`, `temporal-attributes-missing`.
   */
  readonly startRollout: (spec: RolloutSpec, origin: RolloutOrigin, plan?: PlannedBase) => Promise<Started>;
  /**
   * The rollout of this name that runs with the same manifest; null where none runs. Throws `rollout-running` where it runs
   * with another one, or for a schedule at some of the images alone.
   */
  readonly runningRollout: (spec: RolloutSpec) => Promise<Started | null>;
  /**
   * Says what a rollout of the manifest would do to each image, as a worker sees it now; writes nothing to AWS. Throws
   * `no-worker`, `selection-empty`, `wait-timed-out`, and AWS's own codes where it could not be asked.
   */
  readonly plan: (spec: RolloutSpec, origin: RolloutOrigin, options?: PlanOptions) => Promise<PlanDocument>;
  /**
   * Says which images are not any more as the last finished rollout of this name left them, whoever did it; writes nothing
   * to AWS. Throws as {@link PolicyRolloutClient.plan} does.
   */
  readonly drift: (spec: RolloutSpec, origin: RolloutOrigin, options?: LookOptions) => Promise<DriftDocument>;
  /**
   * Measures anew who sees the images, from the owner's side and from that of the consumers who have a role; writes nothing
   * to AWS. Throws as {@link PolicyRolloutClient.plan} does.
   */
  readonly verify: (spec: RolloutSpec, origin: RolloutOrigin, options?: LookOptions) => Promise<VerifyDocument>;
  /**
   * Starts the transaction of one image; its workflow id is the lock of the image over all rollouts. Throws `image-locked`
   * where any rollout is working on it, `temporal-attributes-missing`.
   */
  readonly startImage: (input: ImageInput) => Promise<Started>;
  /** Waits for the end of an image's transaction, however it ends. Throws `wait-timed-out`. */
  readonly imageOutcome: (
    image: ImageArn,
    runId: string,
    options?: { readonly timeoutMs?: number },
  ) => Promise<ImageReport>;
  /**
   * Where a rollout stands now; the counts add up to the number of its images. Of a rollout that has ended it needs no worker.
   * Throws `rollout-not-found`, `no-worker`.
   */
  readonly status: (rolloutName: string) => Promise<StatusReport>;
  /**
   * Yields where a rollout stands about once a second, until it has ended: the last status has `finishedAt`. A restart of worker or server within
   * 60 s is waited for. Throws `rollout-not-found`, `no-worker`, `wait-timed-out`.
   */
  readonly follow: (rolloutName: string, options?: FollowOptions) => AsyncIterable<StatusReport>;
  /** Waits for the end of a rollout and gives its last status. Throws as {@link PolicyRolloutClient.follow} does. */
  readonly outcome: (rolloutName: string, options?: FollowOptions) => Promise<StatusReport>;
  /**
   * Everything about a rollout, read from histories, so it needs no worker. Where one answers, state and `awaits` of an open
   * rollout are what it says now; otherwise the state is RUNNING. Throws `rollout-not-found`.
   */
  readonly report: (rolloutName: string, options?: { readonly runId?: string }) => Promise<RolloutReport>;
  /**
   * Asks something of a rollout that runs, under a name and with a reason that its history and its report keep. Returns
   * whether it changed anything: to pause what is paused is well, and changes nothing. Throws `rollout-not-found`,
   * `rollout-finished` (for `set` also where it stops), `nothing-awaited` where it answers a question that is not asked, `no-worker`.
   */
  readonly ask: (rolloutName: string, request: Request, origin: Origin) => Promise<boolean>;
  /**
   * Ends a rollout: nothing new starts, images in flight finish or are put back. With `isUndoing` what it has done is put
   * back too, by a rollout that starts by itself; one that had ended is undone as {@link PolicyRolloutClient.undo} does.
   * Throws `rollout-not-found`, `no-worker`.
   */
  readonly abort: (rolloutName: string, origin: Origin, options?: AbortOptions) => Promise<Aborted>;
  /**
   * Runs again, under the same name, the images of a finished rollout that did not succeed; results so far and first
   * baselines are kept. One that never knew its images looks for them again. Null where all have succeeded. Throws
   * `rollout-not-found`, `rollout-running`.
   */
  readonly redrive: (rolloutName: string, origin: RolloutOrigin) => Promise<Started | null>;
  /**
   * Puts the images of a finished rollout back to their baselines, as a rollout `<name>-undo` of its own; an image that
   * somebody has changed since is skipped. Null where nothing was written. Throws `rollout-not-found`, `rollout-running`.
   */
  readonly undo: (rolloutName: string, origin: RolloutOrigin) => Promise<Started | null>;
  /**
   * What an undo of a finished rollout needs, out of the histories, to be kept for when their retention has passed. Throws
   * `rollout-not-found`, `rollout-running`, `baseline-lost` where it has passed.
   */
  readonly baselines: (rolloutName: string) => Promise<BaselinesDocument>;
  /**
   * The same as {@link PolicyRolloutClient.undo} out of such a file, also where Temporal has forgotten the rollout. Null where
   * nothing was written. Throws `rollout-running`, `payload-too-large`.
   */
  readonly undoFrom: (baselines: BaselinesDocument, origin: RolloutOrigin) => Promise<Started | null>;
  /**
   * Leaves a hold for a principal, `revoke-<principal>`, with a hash of the pattern where only some images are meant, then
   * takes its access from every image that the tool manages, as a rollout of that name. Images that it has no access to stay
   * as they are; where a share that is not ours gives it access, the image fails, and its error says what its owner can do.
   * Throws `selection-empty` where no image is managed (the hold stands), `hold-exists`, `rollout-running`, `no-worker`.
   */
  readonly revoke: (request: RevocationRequest, origin: RolloutOrigin) => Promise<StartedRevocation>;
  /** Says what {@link PolicyRolloutClient.revoke} would do, and leaves no hold. Throws as {@link PolicyRolloutClient.plan} does. */
  readonly planRevocation: (
    request: RevocationRequest,
    origin: RolloutOrigin,
    options?: LookOptions,
  ) => Promise<PlanDocument>;
  /**
   * Makes a schedule, whose id is `schedule/<name>`; it keeps the manifest with its files. Throws `schedule-exists`,
   * `schedule-times-invalid`, `payload-too-large`, `temporal-attributes-missing`.
   */
  readonly createSchedule: (input: ScheduleInput) => Promise<void>;
  /** Changes what is given; a run that is under way ends as it began. Throws as `createSchedule`, and `schedule-not-found`. */
  readonly updateSchedule: (scheduleName: string, changes: ScheduleChange) => Promise<void>;
  /**
   * Has a schedule run now, or once more after the run that is under way; where no worker polls its task queue, the run waits
   * for one. Throws `schedule-not-found`.
   */
  readonly triggerSchedule: (scheduleName: string) => Promise<TriggeredRun>;
  /** Has a schedule start nothing by itself; a run that is under way goes on. Returns whether it changed anything. Throws `schedule-not-found`. */
  readonly pauseSchedule: (scheduleName: string, origin: Origin) => Promise<boolean>;
  /** Has a schedule go on that is paused. Returns whether it changed anything. Throws `schedule-not-found`. */
  readonly resumeSchedule: (scheduleName: string, origin: Origin) => Promise<boolean>;
  /** Forgets a schedule; a run that is under way goes on. Throws `schedule-not-found`. */
  readonly deleteSchedule: (scheduleName: string) => Promise<void>;
  /** Everything about a schedule, with its last runs; needs no worker. Throws `schedule-not-found`. */
  readonly describeSchedule: (scheduleName: string) => Promise<ScheduleDocument>;
  /** All schedules by name, or those of a rollout; what changed within the last second may be missing. */
  readonly schedules: (rolloutName?: string) => Promise<readonly ListedSchedule[]>;
  /** The holds, those that have expired too; needs no worker. */
  readonly holds: () => Promise<readonly Hold[]>;
  /**
   * Adds a hold, which is respected before every write from the moment that this returns. Returns whether it changed
   * anything: the same hold under the same name changes nothing. Throws `hold-exists`, `holds-full`, `no-worker`.
   */
  readonly addHold: (hold: Hold) => Promise<boolean>;
  /** Removes a hold. Throws `hold-not-found`, `no-worker`. */
  readonly removeHold: (name: string, origin: Origin) => Promise<void>;
  /**
   * Registers the search attributes; with `retentionDays` also sets the retention and makes a namespace that is missing. Harmless to
   * repeat. Throws `temporal-attributes-missing` where one exists with another type.
   */
  readonly setup: (options?: SetupOptions) => Promise<SetupResult>;
  /** Throws `temporal-attributes-missing` where the namespace is not set up. */
  readonly requireAttributes: () => Promise<void>;
  /** Throws `no-worker` where no worker polls the task queue. */
  readonly requireWorker: () => Promise<void>;
  /** Whether a worker polls the task queue; one that died less than 70 s ago still counts. */
  readonly hasWorker: () => Promise<boolean>;
  /** Identities (`pid@host`) of the workers that polled the task queue within the last 70 s. */
  readonly workers: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

/**
 * Connects to Temporal as its own environment says (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_TLS`, …, or its
 * configuration file). Throws `temporal-unreachable` within about 3 s, and `file-not-found` and `codec-keys-invalid` for the keys.
 */
export async function connect(options: ConnectOptions = {}): Promise<PolicyRolloutClient> {
  const { taskQueue = defaultTaskQueue, codecKeysPath = null } = options;
  const access = await openConnection(taskQueue, codecKeysPath);
  const follow: PolicyRolloutClient['follow'] = (name, options = {}) => followRollout(access, name, options);
  return {
    address: access.address,
    namespace: access.namespace,
    taskQueue,
    runningRollout: (spec) => runningRollout(access, spec),
    startRollout: (spec, origin, plan) =>
      startRollout(access, { spec, origin, ...(plan === undefined ? {} : { plan }) }),
    plan: (spec, origin, options = {}) => planOf(access, spec, origin, options),
    drift: (spec, origin, options = {}) => driftFrom(access, spec, origin, options),
    verify: (spec, origin, options = {}) => verifyImages(access, spec, origin, options),
    redrive: (name, origin) => redriveRollout(access, name, origin),
    undo: (name, origin) => undoRollout(access, name, origin, { isGated: true }),
    baselines: (name) => readBaselines(access, name),
    undoFrom: (baselines, origin) => undoFromBaselines(access, baselines, origin),
    revoke: (request, origin) => revoke(access, request, origin),
    planRevocation: (request, origin, options = {}) => planRevocation(access, request, origin, options),
    createSchedule: (input) => createSchedule(access, input),
    updateSchedule: (name, changes) => updateSchedule(access, name, changes),
    triggerSchedule: (name) => triggerSchedule(access, name),
    pauseSchedule: (name, { who, reason }) => pauseSchedule(access, name, `${who}: ${reason}`),
    resumeSchedule: (name, { who, reason }) => resumeSchedule(access, name, `${who}: ${reason}`),
    deleteSchedule: (name) => deleteSchedule(access, name),
    describeSchedule: (name) => describeSchedule(access, name),
    schedules: (rolloutName) => listSchedules(access, rolloutName),
    holds: () => access.call(() => readHolds(access.client, taskQueue)),
    addHold: (hold) => addHold(access, hold),
    removeHold: (name, origin) => removeHold(access, name, origin),
    requireWorker: () => requireWorker(access),
    startImage: (input) => startImage(access, input),
    imageOutcome: (image, runId, { timeoutMs = Infinity } = {}) => imageOutcome(access, image, runId, timeoutMs),
    status: (name) => rolloutStatus(access, name),
    follow,
    outcome: (name, options) => lastOf(name, follow(name, options)),
    report: (name, { runId } = {}) => reportOf(access, name, runId),
    ask: (name, request, origin) => askRollout(access, name, request, origin),
    abort: (name, origin, options = {}) => abortRollout(access, name, origin, options),
    setup: (options = {}) => setUpNamespace(access, options),
    requireAttributes: () => requireAttributes(access),
    hasWorker: () => hasWorker(access),
    workers: () => listWorkers(access),
    close: () => access.client.connection.close(),
  };
}

async function lastOf(rolloutName: string, statuses: AsyncIterable<StatusReport>): Promise<StatusReport> {
  let last: StatusReport | null = null;
  for await (const status of statuses) last = status;
  if (last !== null) return last;
  throw new AppError('rollout-not-found', `Nothing is known of the rollout ${rolloutName}`, { item: rolloutName });
}
