import { glimpseImages, observeImages } from '../aws/observe.ts';
import type { Activities, Verdict } from '../contracts/activities.ts';
import type { ImageArn } from '../domain/arn.ts';
import { AppError, errorCodes } from '../domain/errors.ts';
import { principalsOf } from '../domain/grants.ts';
import { checkGuardrails } from '../domain/guardrails.ts';
import { imagesOf, partitionOf } from '../domain/image-set.ts';
import { checkImageCount, checkLimits } from '../domain/limits.ts';
import type { ObservedImage } from '../domain/observation.ts';
import type { Target } from '../domain/situation.ts';
import type { Attempt } from './attempt.ts';
import { runStep } from './attempt.ts';
import { ownerAccess } from './access.ts';
import { stageOf, wantedOf } from './converging.ts';
import type { Dependencies } from './dependencies.ts';
import { verdictOf } from './images.ts';

type Input = Parameters<Activities['inspectImages']>[0];
type Found = Awaited<ReturnType<Activities['inspectImages']>>['verdicts'][number];

// One call of RAM's lists takes so many ARNs, and a heartbeat goes out in between.
const imagesAtOnce = 100;

/** The step that looks at many images before a rollout. */
export function inventoryActivities(dependencies: Dependencies): Pick<Activities, 'inspectImages'> {
  return {
    /**
     * Says of each image whether a rollout would change it, with few calls for many images.
     *
     * - Effect: none.
     * - Repeat: harmless, it only reads.
     * - Throws: AWS's own (as their class says). What is wrong with one image is its verdict.
     * - Class: scan. It heartbeats, since hundreds of reads take a while.
     */
    inspectImages: (input) =>
      runStep(dependencies, [], async (attempt) => {
        const verdicts: Found[] = [];
        for (const images of slices(input)) verdicts.push(...(await inspect(dependencies, attempt, input, images)));
        return { verdicts, limitsSha256: dependencies.limits?.sha256 ?? null };
      }),
  };
}

/** Images of one partition, at most so many that one round of calls reads them. */
function slices({ images }: Input): readonly (readonly ImageArn[])[] {
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
  input: Input,
  images: readonly ImageArn[],
): Promise<readonly Found[]> {
  const [first] = images;
  if (first === undefined) return [];
  try {
    const access = ownerAccess(first, input.options, dependencies.limits?.rules ?? null);
    const glimpsed = await glimpseImages(dependencies.clients, access, images, attempt, dependencies.now);
    const observed = await observeImages(dependencies.clients, access, glimpsed, attempt);
    const found: Found[] = [];
    for (const one of observed) {
      found.push({ image: one.image, verdict: await judge(dependencies, attempt, input, one) });
    }
    return found;
  } catch (error) {
    if (!(error instanceof AppError) || errorCodes[error.code].retry !== 'never') throw error;
    const culprit = images.find((image) => image === error.context.item);
    if (culprit === undefined) return images.map((image) => ({ image, verdict: blocked(error) }));
    const others = images.filter((image) => image !== culprit);
    return [{ image: culprit, verdict: blocked(error) }, ...(await inspect(dependencies, attempt, input, others))];
  }
}

async function judge(
  dependencies: Dependencies,
  attempt: Attempt,
  input: Input,
  observed: ObservedImage,
): Promise<Verdict> {
  const { image } = observed;
  const stage = stageOf(dependencies, attempt, { ...input, image, rolloutName: '' });
  const wanted = await wantedOf(stage);
  const refusal = refusalOf(dependencies, input, observed, wanted);
  if (refusal !== null) return refusal;
  const { foreignShares, timing } = input.options;
  const verdict = verdictOf(observed, wanted, { foreignShares, ...timing });
  // What is in transition now may have settled when its turn comes.
  return verdict.action === 'BUSY' ? { action: 'CHANGE' } : verdict;
}

/** What the worker's limits and the manifest's guardrails say against the change. */
function refusalOf(
  { limits }: Dependencies,
  input: Input,
  { image }: ObservedImage,
  { grants }: Target,
): Verdict | null {
  const { guardrails, imageCount } = input;
  if (limits !== null) {
    const reason =
      checkLimits(limits.rules, { image, wantedGrants: grants }) ?? checkImageCount(limits.rules, imageCount);
    if (reason !== null) return { action: 'BLOCKED', code: 'limits-exceeded', detail: `${image}: ${reason}` };
  }
  const [violation] = checkGuardrails(guardrails, { principals: principalsOf(grants), imageCount });
  if (violation === undefined) return null;
  return { action: 'BLOCKED', code: 'guardrail-violated', detail: `${image}: ${violation.message}` };
}

function blocked(error: AppError): Verdict {
  return { action: 'BLOCKED', code: error.code, detail: error.message };
}
