import type { Inspection } from '../contracts/activities.ts';
import type { RolloutSpec } from '../contracts/rollout.ts';
import type { ImageArn } from '../domain/arn.ts';
import type { CompactImageSet } from '../domain/image-set.ts';
import { imagesOf } from '../domain/image-set.ts';
import type { PlannedWave } from '../domain/waves.ts';
import { planWaves } from '../domain/waves.ts';
import type { HistoryEvent } from './history.ts';

/** What a rollout had in mind: its images, in the order in which they were looked at, and its waves. */
export interface ReportPlan {
  readonly images: readonly ImageArn[];
  /** Empty where not every image has been looked at. */
  readonly waves: readonly PlannedWave[];
}

/** The result of a look at some images; null while it has not ended. */
type Look = { readonly images: readonly ImageArn[]; readonly inspection: Inspection | null };

/** Makes the plan of a rollout anew out of what it saw: the same looks give the same waves. */
export function planOf(root: readonly HistoryEvent[], { images: named, strategy }: RolloutSpec): ReportPlan {
  const looks = looksIn(root, 'inspectImages');
  const images = [...new Set([...imagesOf(named), ...looks.flatMap((look) => look.images)])];
  if (looks.length === 0 || looks.some(({ inspection }) => inspection === null)) return { images, waves: [] };
  const changing = looks
    .flatMap(({ inspection }) => inspection?.verdicts ?? [])
    .filter(({ verdict }) => verdict.action === 'CHANGE');
  const tags = new Map(changing.map((one) => [one.image, one.tags ?? {}]));
  const toChange = changing.map(({ image }) => image);
  return { images, waves: planWaves(toChange, strategy.waves, (image) => tags.get(image) ?? {}) };
}

/** The results of the looks of one kind that have ended, in the order in which they were begun. */
export function inspectionsIn(
  events: readonly HistoryEvent[],
  type: 'inspectImages' | 'reinspectImages',
): readonly Inspection[] {
  return looksIn(events, type).flatMap(({ inspection }) => inspection ?? []);
}

function looksIn(events: readonly HistoryEvent[], type: string): readonly Look[] {
  const results = new Map<string, unknown>();
  for (const event of events) if (event.kind === 'activity-completed') results.set(event.scheduledId, event.result);
  return events.flatMap((event) => {
    if (event.kind !== 'activity-scheduled' || event.type !== type) return [];
    const result = results.get(event.eventId);
    return [{ images: imagesIn(event.input), inspection: isInspection(result) ? result : null }];
  });
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
