import type { Activities, Verdict } from '../contracts/activities.ts';
import type { DescribedImage } from '../contracts/plan.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { ImageDrift } from '../domain/drift.ts';
import { imageDrift } from '../domain/drift.ts';
import type { AppError } from '../domain/errors.ts';
import type { ImageChange } from '../domain/image-change.ts';
import { changeOf } from '../domain/image-change.ts';
import { compactImageSet } from '../domain/image-set.ts';
import type { Hold } from '../domain/holds.ts';
import type { LastApplied } from '../domain/ledger.ts';
import type { ObservedImage } from '../domain/observation.ts';
import { liveGrants } from '../domain/shares.ts';
import type { Target } from '../domain/situation.ts';
import type { ImageSight } from '../domain/visibility.ts';
import { sightOf } from '../domain/visibility.ts';
import type { Subject } from './accepted.ts';
import { acceptedOutsiders } from './accepted.ts';
import type { Attempt } from './attempt.ts';
import { runStep } from './attempt.ts';
import { stageOf, wantedOf } from './converging.ts';
import type { Dependencies } from './dependencies.ts';
import { fingerprintOf } from './fingerprint.ts';
import { heldVerdict, heldWriteOf, respectedHolds } from './held.ts';
import { judge } from './judging.ts';
import type { Seen } from './looking.ts';
import { lookAt, slicesOf } from './looking.ts';
import { refusalOf } from './refusal.ts';
import { consumerViews } from './visibility.ts';

type Asked = Parameters<Activities['describeImages']>[0];

/** What is asked, and for drift what the ledger knows. */
interface Input extends Asked {
  readonly applied: ReadonlyMap<ImageArn, LastApplied>;
}

/** What is told of an image, in full. */
interface Told extends Omit<DescribedImage, 'change' | 'drift' | 'sight'> {
  readonly change?: ImageChange;
  readonly drift?: ImageDrift;
  readonly sight?: ImageSight;
}

/** An image with its tags, and what is wanted of it. */
type Tagged = Subject & Seen;

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
        const book = new Book();
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

/** What is told, with everything that is told of several images once. */
class Book {
  byteCount = 0;
  readonly #images: DescribedImage[] = [];
  readonly #changes = new Distinct<ImageChange>();
  readonly #drifts = new Distinct<ImageDrift>();
  readonly #sights = new Distinct<ImageSight>();

  add({ change, drift, sight, ...told }: Told): void {
    const image: DescribedImage = {
      ...told,
      ...(change === undefined ? {} : { change: this.#changes.indexOf(change) }),
      ...(drift === undefined ? {} : { drift: this.#drifts.indexOf(drift) }),
      ...(sight === undefined ? {} : { sight: this.#sights.indexOf(sight) }),
    };
    this.#images.push(image);
    const lists = this.#changes.byteCount + this.#drifts.byteCount + this.#sights.byteCount;
    this.#imageBytes += JSON.stringify(image).length;
    this.byteCount = this.#imageBytes + lists;
  }

  entries() {
    return {
      images: this.#images,
      changes: this.#changes.values,
      drifts: this.#drifts.values,
      sights: this.#sights.values,
    };
  }

  #imageBytes = 0;
}

class Distinct<Value> {
  byteCount = 0;
  readonly values: Value[] = [];
  readonly #indexes = new Map<string, number>();

  indexOf(value: Value): number {
    const text = JSON.stringify(value);
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    this.byteCount += text.length;
    this.#indexes.set(text, this.values.length);
    return this.values.push(value) - 1;
  }
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
        const acceptedIn = input.purpose === 'plan' ? await acceptedOutsiders(target, subjects) : () => [];
        const holds = isAboutToChange(input) ? await respectedHolds(dependencies, input.options) : [];
        const told: Told[] = [];
        for (const subject of subjects) {
          const verdict = verdictOf(dependencies, input, subject, holds);
          const accepted = acceptedIn(subject.observed);
          const more = await moreOf(dependencies, attempt, input, { ...subject, verdict, accepted });
          const tags = input.isTagged ? { tags: subject.tags } : {};
          told.push({ ...headOf(subject.observed, verdict), ...more, ...tags });
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
  const refused = isAboutToChange(input)
    ? refusalOf(dependencies, { policy: input.policy, guardrails, imageCount }, subject)
    : null;
  if (refused !== null) return refused;
  const judgement = judge(subject.observed, subject.wanted, input, null);
  const { verdict } = judgement;
  if (verdict.action === 'CHANGE' || verdict.action === 'BUSY') {
    const held = heldVerdict(dependencies, holds, heldWriteOf(subject.observed, judgement, subject.wanted));
    if (held !== null) return held;
  }
  // What is in transition now may have settled when its turn comes.
  return verdict.action === 'BUSY' ? { action: 'CHANGE' } : verdict;
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
  found: Subject & { readonly verdict: Verdict; readonly accepted: readonly string[] },
): Promise<Pick<Told, 'change' | 'drift' | 'sight'>> {
  const { observed, wanted, verdict, accepted } = found;
  switch (input.purpose) {
    case 'plan': {
      if (verdict.action !== 'CHANGE') return {};
      const { foreignShares } = input.options;
      return {
        change: changeOf({
          observed,
          wanted,
          foreignShares,
          acceptedPrincipals: accepted,
          guardrails: input.guardrails,
        }),
      };
    }
    case 'schedule':
    case 'drift': {
      const last = input.applied.get(observed.image);
      return last === undefined ? {} : { drift: imageDrift(observed, last.grants) };
    }
    case 'verify': {
      const stage = stageOf(dependencies, attempt, { ...input, image: observed.image });
      const views = await consumerViews(stage, wanted);
      return { sight: sightOf(observed, wanted, views) };
    }
  }
}
