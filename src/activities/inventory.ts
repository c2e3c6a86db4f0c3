import { listTags } from '../aws/catalogue.ts';
import { glimpseImages, observeImages } from '../aws/observe.ts';
import type { Activities, InspectedImage, Inspection, Verdict } from '../contracts/activities.ts';
import type { ImageArn } from '../domain/arn.ts';
import { AppError, errorCodes } from '../domain/errors.ts';
import { principalsOf } from '../domain/grants.ts';
import { checkGuardrails } from '../domain/guardrails.ts';
import { imagesOf, partitionOf } from '../domain/image-set.ts';
import { checkImageCount, checkLimits } from '../domain/limits.ts';
import type { ObservedImage } from '../domain/observation.ts';
import { missingTag } from '../domain/selection.ts';
import type { Target } from '../domain/situation.ts';
import type { Attempt } from './attempt.ts';
import { runStep } from './attempt.ts';
import { ownerAccess } from './access.ts';
import { stageOf, wantedOf } from './converging.ts';
import type { Dependencies } from './dependencies.ts';
import { earlierOf } from './images.ts';
import { judge } from './judging.ts';

type Look = Parameters<Activities['reinspectImages']>[0];
type FirstLook = Parameters<Activities['inspectImages']>[0];
type Tags = Readonly<Record<string, string>>;

/** What an image is, and what stands against its change before anybody decides what to do. */
type Judge = (seen: Seen, wanted: Target) => Verdict | null;

/** An image as it was found. */
interface Seen {
  readonly observed: ObservedImage;
  /** Empty where they were not read. */
  readonly tags: Tags;
}

/** How a look is taken. */
interface Glasses {
  readonly input: Look;
  readonly isTagRead: boolean;
  /** Whether the tags are handed on. */
  readonly isTagged: boolean;
  /** What refuses the change of an image; null where nothing does. */
  readonly refusalOf: Judge;
}

// One call of RAM's lists takes so many ARNs, and a heartbeat goes out in between.
const imagesAtOnce = 100;

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
      const { isTagged } = input;
      const isTagRead = isTagged || Object.keys(input.guardrails.requiredTags).length > 0;
      const refusalOf: Judge = (seen, wanted) => refusal(dependencies, input, seen, wanted);
      return look(dependencies, { input, isTagRead, isTagged, refusalOf });
    },

    /**
     * Says of each image whether it is still in sync.
     *
     * - Effect: none.
     * - Repeat: harmless, it only reads.
     * - Throws: AWS's own (as their class says). What is wrong with one image is its verdict.
     * - Class: scan. It heartbeats, since hundreds of reads take a while.
     */
    reinspectImages: (input) => look(dependencies, { input, isTagRead: false, isTagged: false, refusalOf: () => null }),
  };
}

function look(dependencies: Dependencies, glasses: Glasses): Promise<Inspection> {
  return runStep(dependencies, [], async (attempt) => {
    const verdicts: InspectedImage[] = [];
    for (const images of slices(glasses.input)) {
      verdicts.push(...(await inspect(dependencies, attempt, glasses, images)));
    }
    return { verdicts, limitsSha256: dependencies.limits?.sha256 ?? null };
  });
}

/** Images of one partition, at most so many that one round of calls reads them. */
function slices({ images }: Look): readonly (readonly ImageArn[])[] {
  const partitions = new Map<string, ImageArn[]>();
  for (const image of imagesOf(images)) {
    const key = partitionOf(image);
    partitions.set(key, [...(partitions.get(key) ?? []), image]);
  }
  return [...partitions.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / imagesAtOnce) }, (_, index) =>
      all.slice(index * imagesAtOnce, (index + 1) * imagesAtOnce),
    ),
  );
}

async function inspect(
  dependencies: Dependencies,
  attempt: Attempt,
  glasses: Glasses,
  images: readonly ImageArn[],
): Promise<readonly InspectedImage[]> {
  const [first] = images;
  if (first === undefined) return [];
  const { input, isTagRead, isTagged } = glasses;
  try {
    const access = ownerAccess(first, input.options, dependencies.limits?.rules ?? null);
    const target = { clients: dependencies.clients, access, call: attempt };
    const glimpsed = await glimpseImages(dependencies.clients, access, images, attempt, dependencies.now);
    const observed = await observeImages(dependencies.clients, access, glimpsed, attempt);
    const tagsOf = isTagRead ? await listTags(target, images) : new Map<ImageArn, Tags>();
    const found: InspectedImage[] = [];
    for (const one of observed) {
      const tags = tagsOf.get(one.image) ?? {};
      const verdict = await judgeOne(dependencies, attempt, glasses, { observed: one, tags });
      found.push({ image: one.image, verdict, ...(isTagged ? { tags } : {}) });
    }
    return found;
  } catch (error) {
    if (!(error instanceof AppError) || errorCodes[error.code].retry !== 'never') throw error;
    const culprit = images.find((image) => image === error.context.item);
    if (culprit === undefined) return images.map((image) => ({ image, verdict: blocked(error) }));
    const others = images.filter((image) => image !== culprit);
    const verdicts = await inspect(dependencies, attempt, glasses, others);
    return [{ image: culprit, verdict: blocked(error) }, ...verdicts];
  }
}

async function judgeOne(
  dependencies: Dependencies,
  attempt: Attempt,
  { input, refusalOf }: Glasses,
  seen: Seen,
): Promise<Verdict> {
  const { observed } = seen;
  const stage = stageOf(dependencies, attempt, { ...input, image: observed.image, rolloutName: '' });
  const wanted = await wantedOf(stage);
  const refused = refusalOf(seen, wanted);
  if (refused !== null) return refused;
  const earlier = await earlierOf(dependencies, { ...input, image: observed.image });
  const { verdict } = judge(observed, wanted, input, earlier);
  // What is in transition now may have settled when its turn comes.
  return verdict.action === 'BUSY' ? { action: 'CHANGE' } : verdict;
}

/** What the worker's limits and the manifest's guardrails say against the change. */
function refusal(
  { limits }: Dependencies,
  { guardrails, imageCount }: FirstLook,
  { observed: { image }, tags }: Seen,
  { grants }: Target,
): Verdict | null {
  if (limits !== null) {
    const reason =
      checkLimits(limits.rules, { image, wantedGrants: grants }) ?? checkImageCount(limits.rules, imageCount);
    if (reason !== null) return { action: 'BLOCKED', code: 'limits-exceeded', detail: `${image}: ${reason}` };
  }
  const [violation] = checkGuardrails(guardrails, { principals: principalsOf(grants), imageCount });
  const missing = missingTag(tags, guardrails.requiredTags);
  const message =
    violation?.message ??
    (missing === null ? null : `It lacks the tag ${missing}, which guardrails.requiredTags asks for`);
  if (message === null) return null;
  return { action: 'BLOCKED', code: 'guardrail-violated', detail: `${image}: ${message}` };
}

function blocked(error: AppError): Verdict {
  return { action: 'BLOCKED', code: error.code, detail: error.message };
}
