import type { PlanContent, PlanDocument, PlannedCalls, PlannedImage } from '../contracts/plan-document.ts';
import { planKind } from '../contracts/plan-document.ts';
import type { PlanOutcome } from '../contracts/plan.ts';
import type { PlannedBase, RolloutOrigin, RolloutSpec } from '../contracts/rollout.ts';
import type { Grade } from '../domain/grade.ts';
import { grades } from '../domain/grade.ts';
import { compactImageSet, imagesOf, partitionOf } from '../domain/image-set.ts';
import type { AccountNames } from '../domain/principal.ts';
import { principalText } from '../domain/principal.ts';
import { repeatsText } from '../domain/selection.ts';
import type { EffectivePace } from '../domain/strategy.ts';
import { paceWarnings } from '../domain/strategy.ts';
import { ownToleranceOf } from '../domain/waves.ts';
import { sha256 } from '../sha256.ts';
import type { FoundImage, Look } from './look.ts';
import { reportedError } from './reported-outcome.ts';

/** What a plan is made of. */
export interface PlanFacts {
  readonly look: Look;
  readonly effective: EffectivePace;
  readonly spec: RolloutSpec;
  readonly origin: RolloutOrigin;
  /** ISO text. */
  readonly createdAt: string;
  /** The pace at which the time is reckoned, for each account and Region. */
  readonly callsPerSecond: number;
}

/** The plan of a rollout, out of what a look has found; the same facts always give the same plan. */
export function planDocument({ look, effective, spec, origin, createdAt, callsPerSecond }: PlanFacts): PlanDocument {
  const { outcome, workflowId, runId } = look;
  const waves = outcome.waves.map(({ name, images }) => ({ name, images: imagesOf(images) }));
  const waveOf = new Map<string, string>(waves.flatMap(({ name, images }) => images.map((image) => [image, name])));
  const ordered = imagesOf(compactImageSet(look.images.map(({ image }) => image)));
  const found = new Map(look.images.map((one) => [one.image, one]));
  const images = ordered.flatMap((image) => plannedImage(found.get(image), waveOf.get(image)));
  const content: PlanContent = {
    formatVersion: 1,
    kind: planKind,
    rolloutName: spec.rolloutName,
    createdAt,
    createdBy: origin.startedBy,
    workflowId,
    runId,
    manifestSha256: spec.manifestSha256,
    limitsSha256: outcome.limitsSha256,
    counts: outcome.counts,
    grades: gradeCounts(images),
    effective,
    waves,
    quotas: outcome.quotas,
    unreadQuotaCount: outcome.unreadQuotaCount ?? 0,
    calls: callsOf(look.images, callsPerSecond),
    warnings: [...warningsOf(outcome, effective, images, spec), ...lockWarnings(look.images, spec)],
    images,
    accountNames: spec.accountNames ?? {},
    // The images of the plan, not what the selections would find another time.
    spec: { ...spec, images: compactImageSet(ordered), selections: [], exclude: [] },
  };
  return { ...content, planSha256: planSha256Of(content) };
}

/** The SHA-256 of a plan's content, whatever the blanks of its file. */
function planSha256Of(content: PlanContent): string {
  return sha256(JSON.stringify(content));
}

/** What a rollout has to know of the plan that it carries out. */
export function plannedBase({ planSha256, images, spec }: PlanDocument, isReplanning: boolean): PlannedBase {
  const fingerprints = new Map(images.map(({ imageArn, fingerprint }) => [imageArn, fingerprint ?? '']));
  return {
    planSha256,
    fingerprints: imagesOf(spec.images).map((image) => fingerprints.get(image) ?? ''),
    isReplanning,
  };
}

function plannedImage(found: FoundImage | undefined, wave: string | undefined): readonly PlannedImage[] {
  if (found === undefined) return [];
  const { image, action, code, detail, fingerprint, change } = found;
  const reason = code === undefined ? {} : { reason: reportedError(code, detail ?? '') };
  const inWave = wave === undefined ? {} : { wave };
  if (change === undefined) return [{ imageArn: image, action, ...reason, ...inWave, fingerprint }];
  const { grade, diff, becomesVisibleTo, becomesInvisibleTo, shareState, withoutLaunchPermission } = change;
  const effect = { grade, diff, becomesVisibleTo, becomesInvisibleTo, shareState, withoutLaunchPermission };
  return [{ imageArn: image, action, ...reason, ...inWave, ...effect, fingerprint }];
}

function gradeCounts(images: readonly PlannedImage[]): Readonly<Record<Grade, number>> {
  const count = (grade: Grade): number => images.filter((image) => image.grade === grade).length;
  const [irreversible, addsOutside, removes, adds, promotes, none] = grades;
  return {
    [irreversible]: count(irreversible),
    [addsOutside]: count(addsOutside),
    [removes]: count(removes),
    [adds]: count(adds),
    [promotes]: count(promotes),
    [none]: count(none),
  };
}

/** Each account and Region is paced for itself, so the one with the most calls says how long it takes. */
function callsOf(images: readonly FoundImage[], callsPerSecond: number): PlannedCalls {
  const calls = new Map<string, number>();
  for (const { image, change } of images) {
    const partition = partitionOf(image);
    // The rollout looks at every image once more.
    calls.set(partition, (calls.get(partition) ?? 0) + 1 + (change?.callCount ?? 0));
  }
  const counts = [...calls.values()];
  const total = counts.reduce((sum, count) => sum + count, 0);
  const most = counts.reduce((longest, count) => Math.max(longest, count), 0);
  return { total, callsPerSecond, expectedMs: Math.ceil((most * 1000) / callsPerSecond) };
}

function warningsOf(
  { counts, quotas, waves, repeats, error }: PlanOutcome,
  effective: EffectivePace,
  images: readonly PlannedImage[],
  { strategy, accountNames: names }: RolloutSpec,
): readonly string[] {
  const refusing = counts.blocked - images.filter(isLocked).length;
  const irreversible = images.filter(({ grade }) => grade === 'irreversible').length;
  const specOf = new Map(strategy.waves.map((wave) => [wave.name, wave]));
  const sizes = waves.map(({ name }) => ({
    ...{ name, imageCount: images.filter(({ wave }) => wave === name).length },
    ...ownToleranceOf(specOf.get(name) ?? { name }),
  }));
  return [
    ...(error === undefined ? [] : [`A rollout would be refused: ${error.detail}.`]),
    ...(refusing === 0
      ? []
      : [`${refusing} BLOCKED: a rollout would be refused, unless --skip-blocked goes on without them.`]),
    ...(irreversible === 0
      ? []
      : [
          `${irreversible} irreversible: an account that has accepted an invitation loses access; --allow-irreversible.`,
        ]),
    ...(repeats === undefined ? [] : [`${repeatsText(repeats)}.`]),
    ...launchWarnings(images, names),
    ...quotas.flatMap(quotaWarnings),
    ...paceWarnings(effective, sizes),
  ];
}

function isLocked({ reason }: PlannedImage): boolean {
  return reason?.code === 'image-locked';
}

/** The lock of an image refuses nothing: it says what becomes of the image where it is still taken when its turn comes. */
function lockWarnings(found: readonly FoundImage[], { strategy: { onConflict } }: RolloutSpec): readonly string[] {
  const locked = found.filter(({ code, isAwaited }) => code === 'image-locked' || isAwaited === true).length;
  if (locked === 0) return [];
  const end = {
    wait: 'a rollout would wait for its end',
    skip: 'they would end SKIPPED',
    fail: 'they would end FAILED',
  };
  return [`Another rollout works on ${locked} of the images: ${end[onConflict]} (strategy.onConflict: ${onConflict}).`];
}

function launchWarnings(images: readonly PlannedImage[], names?: AccountNames): readonly string[] {
  const lacking = images.filter(({ withoutLaunchPermission = [] }) => withoutLaunchPermission.length > 0);
  if (lacking.length === 0) return [];
  const who = [...new Set(lacking.flatMap(({ withoutLaunchPermission = [] }) => withoutLaunchPermission))].sort();
  const told = who.map((principal) => principalText(principal, names)).join(', ');
  return [
    `${lacking.length} without launch permission for ${told}, who would see the image and could not launch its AMI; add them to the launch permission of its distribution configuration.`,
  ];
}

function quotaWarnings({
  partition,
  customerPermissions: permissions,
  pendingInvitations: invitations,
}: PlanOutcome['quotas'][number]): readonly string[] {
  const free = permissions.most - permissions.used;
  return [
    ...(permissions.wanted > free
      ? [
          `${partition}: ${permissions.wanted} customer managed permissions are needed, and ${free} of ${permissions.most} are free.`,
        ]
      : []),
    ...(invitations.used >= invitations.most
      ? [`${partition}: ${invitations.used} invitations wait for an answer; no further account outside can be invited.`]
      : []),
  ];
}
