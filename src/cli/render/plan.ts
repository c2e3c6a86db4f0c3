import type { PlanDocument, PlannedImage } from '../../contracts/plan-document.ts';
import { imageLabel, isImageArn } from '../../domain/arn.ts';
import { grades } from '../../domain/grade.ts';
import type { Grade } from '../../domain/grade.ts';
import { diffSentences } from '../../domain/grants-diff.ts';
import type { AccountNames } from '../../domain/principal.ts';
import { principalText } from '../../domain/principal.ts';
import { paceText } from './pace.ts';
import { quotaLines } from './quotas.ts';
import type { Paint, Style } from './text.ts';
import { durationText, oneLine, plural } from './text.ts';

/** Images to which the same happens. */
export interface PlanGroup {
  readonly headline: string;
  readonly style: Style;
  /** Sentences about each of them. */
  readonly effects: readonly string[];
  readonly images: readonly PlannedImage[];
}

// More of them are in the JSON.
const mostNamed = 10;

const gradeStyles: Readonly<Record<Grade, Style>> = {
  irreversible: 'red',
  'adds-outside': 'red',
  removes: 'yellow',
  adds: 'green',
  promotes: 'cyan',
  none: 'dim',
};

/** A plan for people: numbers, what would happen to which images, waves, calls, and what is odd about it. */
export function renderPlan(plan: PlanDocument, paint: Paint): readonly string[] {
  const { warnings, waves, effective } = plan;
  return [
    `${paint('bold', oneLine(plan.rolloutName))}: ${planCountsText(plan)}`,
    ...groupsOf(plan).flatMap((group) => renderGroup(group, paint)),
    ...(effective.toChange === 0
      ? []
      : [
          '',
          `waves: ${paceText(effective)}`,
          ...waves.flatMap(({ name, images }) => renderWave(name, images)),
          callsText(plan),
          ...quotaLines(plan),
        ]),
    ...warnings.map((warning) => `${paint('yellow', 'warning:')} ${oneLine(warning)}`),
  ];
}

/** `3 to change (2 adds, 1 removes), 5 unchanged, 1 blocked`. */
export function planCountsText({ counts, grades: byGrade }: PlanDocument): string {
  const parts = grades.flatMap((grade) => (byGrade[grade] === 0 ? [] : `${byGrade[grade]} ${grade}`));
  const graded = parts.length === 0 ? '' : ` (${parts.join(', ')})`;
  return `${counts.change} to change${graded}, ${counts.unchanged} unchanged, ${counts.blocked} blocked`;
}

/** `120 calls to AWS, about 12 s at 10 calls/s in each account and Region`. */
export function callsText({ calls: { total, callsPerSecond, expectedMs } }: PlanDocument): string {
  const time = durationText(Math.max(expectedMs, 1_000));
  return `${plural(total, 'call')} to AWS, about ${time} at ${callsPerSecond} calls/s in each account and Region, and RAM's own time for promotions`;
}

/**
 * Images that are changed or blocked, those together to which the same happens; the gravest first. Sentences about more
 * than `mostPrincipals` principals name the first of them.
 */
export function groupsOf({ images, accountNames }: PlanDocument, mostPrincipals = Infinity): readonly PlanGroup[] {
  const groups = new Map<string, PlannedImage[]>();
  for (const image of images.filter(({ action }) => action !== 'UNCHANGED')) {
    const key = JSON.stringify([image.reason?.code, image.grade, image.diff, effectsOf(image, accountNames, Infinity)]);
    groups.set(key, [...(groups.get(key) ?? []), image]);
  }
  return [...groups.values()]
    .flatMap((own) => (own[0] === undefined ? [] : [groupOf(own[0], own, accountNames, mostPrincipals)]))
    .sort((left, right) => rankOf(left) - rankOf(right));
}

function groupOf(
  first: PlannedImage,
  images: readonly PlannedImage[],
  names: AccountNames,
  mostPrincipals: number,
): PlanGroup {
  const { reason, grade = 'none' } = first;
  const count = plural(images.length, 'image');
  const effects = effectsOf(first, names, mostPrincipals);
  return reason === undefined
    ? { headline: `${count}: ${grade}`, style: gradeStyles[grade], effects, images }
    : { headline: `${count} BLOCKED: ${reason.code}`, style: 'red', effects, images };
}

function rankOf({ images: [first] }: PlanGroup): number {
  return first?.grade === undefined ? -1 : grades.indexOf(first.grade);
}

function effectsOf(image: PlannedImage, names: AccountNames, most: number): readonly string[] {
  const { reason, diff = [], becomesVisibleTo = [], becomesInvisibleTo = [], shareState } = image;
  const { withoutLaunchPermission = [] } = image;
  if (reason !== undefined) return [reason.title, `what to do: ${reason.hint}`];
  const told = (principals: readonly string[]): readonly string[] =>
    firstOf(
      principals.map((principal) => principalText(principal, names)),
      most,
    );
  return [
    ...firstOf(diffSentences(diff, names), most),
    ...aboutAll('becomes visible to', told(becomesVisibleTo)),
    ...aboutAll('becomes invisible to', told(becomesInvisibleTo)),
    ...(shareState === undefined ? [] : [shareSentences[shareState]]),
    ...aboutAll('gives no launch permission to', told(withoutLaunchPermission)),
  ];
}

function aboutAll(what: string, principals: readonly string[]): readonly string[] {
  return principals.length === 0 ? [] : [`${what} ${principals.join(', ')}`];
}

function firstOf(texts: readonly string[], most: number): readonly string[] {
  return texts.length > most ? [...texts.slice(0, most), `… and ${texts.length - most} more`] : texts;
}

const shareSentences: Readonly<Record<NonNullable<PlannedImage['shareState']>, string>> = {
  none: 'no share yet: a policy is put, and its share promoted',
  'not-promoted': 'its share is not promoted yet',
  standard: 'its share is changed through RAM',
  foreign: 'a share that this tool did not make covers it',
};

function renderGroup({ headline, style, effects, images }: PlanGroup, paint: Paint): readonly string[] {
  return [
    '',
    `  ${paint(style, headline)}`,
    ...effects.map((effect) => `    ${oneLine(effect)}`),
    ...namedImages(images.map(({ imageArn }) => imageArn)).map((name) => `      ${name}`),
  ];
}

function renderWave(name: string, images: readonly string[]): readonly string[] {
  return [
    `  ${oneLine(name)}: ${plural(images.length, 'image')}`,
    ...namedImages(images).map((image) => `    ${image}`),
  ];
}

/** Their labels, the first of many. */
export function namedImages(imageArns: readonly string[]): readonly string[] {
  const named = imageArns.slice(0, mostNamed).map((arn) => (isImageArn(arn) ? imageLabel(arn) : oneLine(arn)));
  return imageArns.length > mostNamed ? [...named, `… and ${imageArns.length - mostNamed} more`] : named;
}
