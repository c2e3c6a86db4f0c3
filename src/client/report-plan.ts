import type { Inspection } from '../contracts/activities.ts';
import type { RolloutSpec } from '../contracts/rollout.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import { imagesOf } from '../domain/image-set.ts';
import type { ChosenImages, Repeats } from '../domain/selection.ts';
import { chosenImages, placesOf } from '../domain/selection.ts';
import type { PlannedWave } from '../domain/waves.ts';
import { planWaves } from '../domain/waves.ts';
import type { HistoryEvent } from './history.ts';

/** What a rollout had in mind: its images, in the order in which they were looked at, and its waves. */
export interface ReportPlan {
  readonly images: readonly ImageArn[];
  /** False where a selection has no answer: then only the images that are named are known. */
  readonly areImagesKnown: boolean;
  readonly repeats: Repeats | null;
  /** Empty where not every image has been looked at. */
  readonly waves: readonly PlannedWave[];
}

/** The result of a look at some images; null while it has not ended. */
type Look = { readonly images: readonly ImageArn[]; readonly inspection: Inspection | null };

/** Makes the plan of a rollout anew out of what it saw: the same looks give the same waves. */
export function planOf(root: readonly HistoryEvent[], spec: RolloutSpec): ReportPlan {
  const looks = looksIn(root, 'inspectImages');
  const { images: chosen, ...choice } = choiceIn(root, spec);
  const images = [...new Set([...imagesOf(spec.images), ...looks.flatMap((look) => look.images), ...chosen])];
  const seen = new Set(looks.flatMap((look) => (look.inspection === null ? [] : look.images)));
  if (images.some((image) => !seen.has(image))) return { images, ...choice, waves: [] };
  const changing = looks
    .flatMap(({ inspection }) => inspection?.verdicts ?? [])
    .filter(({ verdict }) => verdict.action === 'CHANGE');
  const tags = new Map(changing.map((one) => [one.image, one.tags ?? {}]));
  const toChange = changing.map(({ image }) => image);
  const waves = planWaves(toChange, spec.strategy.waves, (image) => tags.get(image) ?? {});
  return { images, ...choice, waves };
}

/** The images that a rollout has chosen before it looked at them. They are chosen once every selection has its answer. */
function choiceIn(
  root: readonly HistoryEvent[],
  { images, selections, exclude }: RolloutSpec,
): ChosenImages & Pick<ReportPlan, 'areImagesKnown'> {
  const found = activitiesIn(root, 'selectImages').flatMap(({ result }) =>
    isImageSet(result) ? [imagesOf(result)] : [],
  );
  const areImagesKnown = found.length === placesOf(selections).length;
  return { ...chosenImages(imagesOf(images), areImagesKnown ? found.flat() : [], exclude), areImagesKnown };
}

/** The results of the looks of one kind that have ended, in the order in which they were begun. */
export function inspectionsIn(
  events: readonly HistoryEvent[],
  type: 'inspectImages' | 'reinspectImages',
): readonly Inspection[] {
  return looksIn(events, type).flatMap(({ inspection }) => inspection ?? []);
}

function looksIn(events: readonly HistoryEvent[], type: string): readonly Look[] {
  return activitiesIn(events, type).map(({ input, result }) => ({
    images: imagesIn(input),
    inspection: isInspection(result) ? result : null,
  }));
}

/** The activities of one type, in the order in which they were begun; one that has not ended has no result. */
function activitiesIn(
  events: readonly HistoryEvent[],
  type: string,
): readonly { readonly input: unknown; readonly result: unknown }[] {
  const results = new Map<string, unknown>();
  for (const event of events) if (event.kind === 'activity-completed') results.set(event.scheduledId, event.result);
  return events.flatMap((event) =>
    event.kind === 'activity-scheduled' && event.type === type
      ? [{ input: event.input, result: results.get(event.eventId) }]
      : [],
  );
}

// Payloads are written by workflows of this product; what tells the kinds apart is enough.
/** The images of a decoded input that has some: that of a batch, or of a look. */
export function imagesIn(input: unknown): readonly ImageArn[] {
  return isInspectionInput(input) ? imagesOf(input.images) : [];
}

function isInspectionInput(value: unknown): value is { readonly images: CompactImageSet } {
  return typeof value === 'object' && value !== null && 'images' in value && typeof value.images === 'object';
}

function isInspection(value: unknown): value is Inspection {
  return typeof value === 'object' && value !== null && 'verdicts' in value && Array.isArray(value.verdicts);
}

function isImageSet(value: unknown): value is CompactImageSet {
  return typeof value === 'object' && value !== null;
}
