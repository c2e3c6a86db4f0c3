import type { Build } from '../aws/build.ts';
import type { Target as AwsTarget } from '../aws/request.ts';
import type { Activities, Verdict } from '../contracts/activities.ts';
import { imageWorkflowId } from '../contracts/workflow-ids.ts';
import type { ImageArn } from '../domain/arn.ts';
import { imageDrift } from '../domain/drift.ts';
import type { AppError } from '../domain/errors.ts';
import { sameGrants } from '../domain/grants.ts';
import { changeOf } from '../domain/image-change.ts';
import { compactImageSet } from '../domain/image-set.ts';
import type { Hold } from '../domain/holds.ts';
import type { LaunchPermission } from '../domain/launch-permission.ts';
import type { LastApplied } from '../domain/ledger.ts';
import type { ObservedImage } from '../domain/observation.ts';
import { liveGrants } from '../domain/shares.ts';
import type { Target } from '../domain/situation.ts';
import { sightOf } from '../domain/visibility.ts';
import type { Subject } from './accepted.ts';
import { acceptedOutsiders } from './accepted.ts';
import type { Attempt } from './attempt.ts';
import { runStep } from './attempt.ts';
import { readBuilds } from './builds.ts';
import { stageOf, wantedOf } from './converging.ts';
import type { Dependencies } from './dependencies.ts';
import type { Told } from './description-book.ts';
import { DescriptionBook } from './description-book.ts';
import { fingerprintOf } from './fingerprint.ts';
import { heldVerdict, heldWriteOf, respectedHolds } from './held.ts';
import { judge, readiness } from './judging.ts';
import type { Seen } from './looking.ts';
import { lookAt, slicesOf } from './looking.ts';
import { refusalOf } from './refusal.ts';
import { revokedPrincipal } from './revoked.ts';
import { consumerViews } from './visibility.ts';

type Asked = Parameters<Activities['describeImages']>[0];

/** What is asked, and for drift what the ledger knows. */
interface Input extends Asked {
  readonly applied: ReadonlyMap<ImageArn, LastApplied>;
}

/** An image with its tags, and what is wanted of it. */
type Tagged = Subject & Seen;

/** An image that was decided on. */
type Judged = Tagged & { readonly verdict: Verdict };

// Temporal refuses results above 2 MB; a slice of 50 images may be the last one in.
const mostBytes = 700_000;

/** The step that tells what it sees, for plans, drift and proofs. */
export function descriptionActivities(dependencies: Dependencies): Pick<Activities, 'describeImages'> {
  return {
    /**
     * Tells what a rollout would do to each image, what has been done to it since the last one, or who sees it.
     *
     * - Effect: none.
     * - Repeat: harmless, it only reads.
     * - Throws: AWS's own (as their class says). What is wrong with one image is told of it.
     * - Class: scan. It heartbeats, since hundreds of reads take a while.
     */
    describeImages: (input) =>
      runStep(dependencies, [], async (attempt) => {
        const applied =
          input.purpose === 'drift' || input.purpose === 'schedule'
            ? await dependencies.lastApplied(input.rolloutName)
            : new Map<ImageArn, LastApplied>();
        const book = new DescriptionBook();
        const rest: ImageArn[] = [];
        for (const images of slicesOf(input.images)) {
          if (book.byteCount > mostBytes) rest.push(...images);
          else
            for (const told of await describe(dependencies, attempt.part(), { ...input, applied }, images))
              book.add(told);
        }
        return { ...book.entries(), rest: compactImageSet(rest), limitsSha256: dependencies.limits?.sha256 ?? null };
      }),
  };
}

function describe(
  dependencies: Dependencies,
  attempt: Attempt,
  input: Input,
  images: readonly ImageArn[],
): Promise<readonly Told[]> {
  return lookAt(
    dependencies,
    attempt,
    { images, options: input.options, isTagRead: input.isTagged || hasRequiredTags(input) },
    {
      see: async (seen, target) => {
        const subjects: Tagged[] = [];
        for (const one of seen) {
          const wanted = await wantedBy(dependencies, attempt, input, one.observed);
          subjects.push({ ...one, wanted });
        }
        const acceptedIn =
          input.purpose === 'plan' ? await acceptedOutsiders(target, subjects, input.options) : () => [];
        const holds = isAboutToChange(input) ? await respectedHolds(dependencies, input.options) : [];
        const judged = subjects.map((subject) => ({
          ...subject,
          verdict: verdictOf(dependencies, input, subject, holds),
        }));
        const builds = await buildsOf(target, input, judged);
        const isLocked = await locksOf(dependencies, input, judged);
        const told: Told[] = [];
        for (const subject of judged) {
          const { observed } = subject;
          const { status = null, launchPermission = null } = builds.get(observed.image) ?? {};
          const ready = status === null ? subject.verdict : readiness(observed.image, status);
          const { verdict, ...awaited } = underLocks(ready, observed.image, input, isLocked);
          const accepted = acceptedIn(observed);
          const more = await moreOf(dependencies, attempt, input, { ...subject, verdict, accepted, launchPermission });
          const tags = input.isTagged ? { tags: subject.tags } : {};
          told.push({ ...headOf(observed, verdict), ...awaited, ...more, ...tags });
        }
        return told;
      },
      miss,
    },
  );
}

function hasRequiredTags(input: Input): boolean {
  return isAboutToChange(input) && Object.keys(input.rules.requiredTags).length > 0;
}

/** Whether what stands against a change matters. */
function isAboutToChange({ purpose }: Input): boolean {
  return purpose === 'plan' || purpose === 'schedule';
}

function wantedBy(
  dependencies: Dependencies,
  attempt: Attempt,
  input: Input,
  observed: ObservedImage,
): Promise<Target> {
  const stage = stageOf(dependencies, attempt, { ...input, image: observed.image });
  return wantedOf(stage, liveGrants(observed));
}

function verdictOf(dependencies: Dependencies, input: Input, subject: Tagged, holds: readonly Hold[]): Verdict {
  const { rules: guardrails, imageCount } = input;
  const judgement = judge(subject.observed, subject.wanted, input, null);
  const refused = isAboutToChange(input)
    ? refusalOf(dependencies, { guardrails, imageCount }, subject, judgement)
    : null;
  if (refused !== null) return refused;
  const { verdict } = judgement;
  if (verdict.action === 'CHANGE' || verdict.action === 'BUSY') {
    const held = heldVerdict(dependencies, holds, heldWriteOf(subject.observed, judgement, subject.wanted));
    if (held !== null) return held;
  }
  // What is in transition now may have settled when its turn comes.
  return verdict.action === 'BUSY' ? { action: 'CHANGE' } : verdict;
}

/**
 * Of images that a plan would give to somebody: for those that stay as they are it is not worth a call, and taking away is
 * always possible.
 */
function buildsOf(target: AwsTarget, input: Input, judged: readonly Judged[]): Promise<ReadonlyMap<ImageArn, Build>> {
  const isGiving = input.purpose === 'plan' && revokedPrincipal(input) === null;
  const changing = judged.filter(({ verdict, wanted }) => verdict.action === 'CHANGE' && wanted.grants.length > 0);
  return readBuilds(target, isGiving ? changing.map(({ observed }) => observed.image) : []);
}

/** Which images other rollouts work on: asked once for a slice, and only where a plan would change something. */
async function locksOf(
  { openImageWorkflows }: Dependencies,
  { onConflict }: Input,
  judged: readonly Judged[],
): Promise<(image: ImageArn) => boolean> {
  if (onConflict === undefined || !judged.some(({ verdict }) => verdict.action === 'CHANGE')) return () => false;
  const open = await openImageWorkflows();
  return (image) => open.has(imageWorkflowId(image));
}

/** What becomes of the verdict on an image where another rollout works on it. */
function underLocks(
  verdict: Verdict,
  image: ImageArn,
  { onConflict }: Input,
  isLocked: (image: ImageArn) => boolean,
): { readonly verdict: Verdict; readonly isAwaited?: true } {
  if (verdict.action !== 'CHANGE' || !isLocked(image)) return { verdict };
  if (onConflict === 'wait') return { verdict, isAwaited: true };
  const detail = `${image}: ${imageWorkflowId(image)} is open`;
  return { verdict: { action: 'BLOCKED', code: 'image-locked', detail } };
}

function headOf(observed: ObservedImage, verdict: Verdict): Told {
  const head = { image: observed.image, action: verdict.action, fingerprint: fingerprintOf(observed) };
  return verdict.action === 'BLOCKED' ? { ...head, code: verdict.code, detail: verdict.detail } : head;
}

function miss(image: ImageArn, { code, message }: AppError): Told {
  return { image, action: 'BLOCKED', code, detail: message, fingerprint: null };
}

/** What the purpose of the look asks for. */
async function moreOf(
  dependencies: Dependencies,
  attempt: Attempt,
  input: Input,
  found: Judged & { readonly accepted: readonly string[]; readonly launchPermission: LaunchPermission | null },
): Promise<Pick<Told, 'change' | 'drift' | 'sight' | 'isUnproven' | 'isUndone' | 'isManifestChanged'>> {
  const { observed, wanted, verdict, accepted, launchPermission } = found;
  switch (input.purpose) {
    case 'plan': {
      if (verdict.action !== 'CHANGE') return {};
      const { foreignShares } = input.options;
      return {
        change: changeOf({
          observed,
          wanted,
          foreignShares,
          launchPermission,
          acceptedPrincipals: accepted,
          guardrails: input.guardrails,
        }),
      };
    }
    case 'schedule':
    case 'drift': {
      const last = input.applied.get(observed.image);
      if (last === undefined) return {};
      const { fate, grants, isUnproven } = last;
      return {
        ...(fate === 'undone' ? { isUndone: true } : {}),
        ...(grants === null || sameGrants(grants, wanted.grants) ? {} : { isManifestChanged: true }),
        ...(grants === null ? {} : { drift: imageDrift(observed, grants, input.options.foreignShares) }),
        ...(isUnproven || grants === null ? { isUnproven: true } : {}),
      };
    }
    case 'verify': {
      const stage = stageOf(dependencies, attempt, { ...input, image: observed.image });
      const views = await consumerViews(stage, wanted);
      return { sight: sightOf(observed, wanted, views, input.options.foreignShares) };
    }
  }
}
