import { mapInLanes } from '../domain/lanes.ts';
import type { Activities, InspectedImage, Inspection, Verdict } from '../contracts/activities.ts';
import type { Earlier } from '../contracts/image.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { Hold } from '../domain/holds.ts';
import type { AppError } from '../domain/errors.ts';
import { leavingPrincipals } from '../domain/image-change.ts';
import { imagesOf } from '../domain/image-set.ts';
import { liveGrants } from '../domain/shares.ts';
import type { Subject } from './accepted.ts';
import { acceptedOutsiders } from './accepted.ts';
import type { Attempt } from './attempt.ts';
import { runStep } from './attempt.ts';
import { stageOf, wantedOf } from './converging.ts';
import type { Dependencies } from './dependencies.ts';
import { fingerprintOf } from './fingerprint.ts';
import { earlierOf } from './images.ts';
import { grantsSha256 } from './grants-hash.ts';
import { heldVerdict, heldWriteOf, respectedHolds } from './held.ts';
import type { Judgement } from './judging.ts';
import { judge } from './judging.ts';
import type { Seen } from './looking.ts';
import { lookAt, slicesOf } from './looking.ts';
import { throttlingOf } from './record.ts';
import { refusalOf } from './refusal.ts';
import { revokedPrincipal } from './revoked.ts';

// Slices of different accounts and Regions do not share limits of AWS.
const slicesAtOnce = 10;

type Look = Parameters<Activities['reinspectImages']>[0] & { readonly earlier?: Earlier };

/** An image with its tags, and what is wanted of it. */
type Tagged = Subject & Seen;

/** How a look is taken. */
interface Glasses {
  readonly input: Look;
  readonly isTagRead: boolean;
  /** Whether the tags are handed on. */
  readonly isTagged: boolean;
  /** What a plan saw; empty where there is none. */
  readonly planned: ReadonlyMap<ImageArn, string>;
  /** Whether an account outside the organisation may lose what it had accepted. */
  readonly isIrreversibleAllowed: boolean;
  /** What refuses the change of an image; null where nothing does. */
  readonly refuse: (tagged: Tagged, judgement: Judgement) => Verdict | null;
  /** What may stand against the change of an image. */
  readonly holds: () => Promise<readonly Hold[]>;
}

/** The steps that look at many images: before a rollout, and after a soak. */
export function inventoryActivities(dependencies: Dependencies): Pick<Activities, 'inspectImages' | 'reinspectImages'> {
  return {
    /**
     * Says of each image whether a rollout would change it, with few calls for many images.
     *
     * - Effect: none.
     * - Repeat: harmless, it only reads.
     * - Throws: AWS's own (as their class says). What is wrong with one image is its verdict.
     * - Class: scan. It heartbeats, since hundreds of reads take a while.
     */
    inspectImages: (input) => {
      const isTagRead = input.isTagged || Object.keys(input.guardrails.requiredTags).length > 0;
      const { isTagged, isIrreversibleAllowed, images, planned: fingerprints = [] } = input;
      const planned = imagesOf(images).map((image, index): [ImageArn, string] => [image, fingerprints[index] ?? '']);
      return look(dependencies, {
        input,
        isTagRead,
        isTagged,
        isIrreversibleAllowed,
        planned: new Map(input.planned === undefined ? [] : planned),
        refuse: (tagged, judgement) => refusalOf(dependencies, input, tagged, judgement),
        holds: () => respectedHolds(dependencies, input.options),
      });
    },

    /**
     * Says of each image whether it is still in sync.
     *
     * - Effect: none.
     * - Repeat: harmless, it only reads.
     * - Throws: AWS's own (as their class says). What is wrong with one image is its verdict.
     * - Class: scan. It heartbeats, since hundreds of reads take a while.
     */
    reinspectImages: (input) =>
      look(dependencies, {
        input,
        isTagRead: false,
        isTagged: false,
        planned: new Map(),
        isIrreversibleAllowed: true,
        refuse: () => null,
        holds: () => Promise.resolve([]),
      }),
  };
}

function look(dependencies: Dependencies, glasses: Glasses): Promise<Inspection> {
  return runStep(dependencies, [], async (attempt) => {
    const slices = slicesOf(glasses.input.images);
    const found = await mapInLanes(slices, slicesAtOnce, (images) =>
      inspect(dependencies, attempt.part(), glasses, images),
    );
    return {
      verdicts: found.flat(),
      limitsSha256: dependencies.limits?.sha256 ?? null,
      ...throttlingOf(attempt.record()),
    };
  });
}

function inspect(
  dependencies: Dependencies,
  attempt: Attempt,
  glasses: Glasses,
  images: readonly ImageArn[],
): Promise<readonly InspectedImage[]> {
  const { input, isTagRead, isTagged, isIrreversibleAllowed } = glasses;
  return lookAt<InspectedImage>(
    dependencies,
    attempt,
    { images, options: input.options, isTagRead },
    {
      see: async (seen, target) => {
        const subjects: Tagged[] = [];
        for (const one of seen) {
          const stage = stageOf(dependencies, attempt, { ...input, image: one.observed.image, rolloutName: '' });
          subjects.push({ ...one, wanted: await wantedOf(stage, liveGrants(one.observed)) });
        }
        const acceptedIn = isIrreversibleAllowed ? () => [] : await acceptedOutsiders(target, subjects, input.options);
        const holds = await glasses.holds();
        const found: InspectedImage[] = [];
        for (const subject of subjects) {
          const { observed, tags } = subject;
          const verdict = await verdictOf(dependencies, glasses, subject, { accepted: acceptedIn(observed), holds });
          found.push({ image: observed.image, verdict, ...(isTagged ? { tags } : {}) });
        }
        return found;
      },
      // An image that is gone gives nobody access, so there is nothing to revoke.
      miss: (image, error) =>
        revokedPrincipal(input) !== null && error.code === 'image-gone'
          ? { image, verdict: { action: 'UNCHANGED', grantsSha256: grantsSha256([]), shareArns: [], residue: [] } }
          : { image, verdict: blocked(error) },
    },
  );
}

async function verdictOf(
  dependencies: Dependencies,
  { input, refuse, planned }: Glasses,
  subject: Tagged,
  { accepted, holds }: { readonly accepted: readonly string[]; readonly holds: readonly Hold[] },
): Promise<Verdict> {
  const { observed, wanted } = subject;
  const fingerprint = planned.get(observed.image);
  if (fingerprint !== undefined && fingerprint !== fingerprintOf(observed)) {
    return { action: 'BLOCKED', code: 'plan-stale', detail: `${observed.image}: its access is not what the plan saw` };
  }
  const earlier = await earlierOf(dependencies, { ...input, image: observed.image });
  const judgement = judge(observed, wanted, input, earlier);
  const refused = refuse(subject, judgement);
  if (refused !== null) return refused;
  const { verdict } = judgement;
  const lost = leavingPrincipals(observed, wanted, input.options.foreignShares).filter((principal) =>
    accepted.includes(principal),
  );
  if (verdict.action === 'CHANGE' && lost.length > 0) {
    const detail = `${observed.image}: ${lost.join(', ')} would lose access that was accepted`;
    return { action: 'BLOCKED', code: 'change-irreversible', detail };
  }
  if (verdict.action === 'CHANGE' || verdict.action === 'BUSY') {
    const held = heldVerdict(dependencies, holds, heldWriteOf(observed, judgement, wanted));
    if (held !== null) return held;
  }
  // A share that a running transaction has not tagged yet looks foreign: who has the lock will know.
  if (verdict.action === 'BLOCKED' && revokedPrincipal(input) !== null) return { action: 'CHANGE' };
  // What is in transition now may have settled when its turn comes.
  return verdict.action === 'BUSY' ? { action: 'CHANGE' } : verdict;
}

function blocked(error: AppError): Verdict {
  return { action: 'BLOCKED', code: error.code, detail: error.message };
}
