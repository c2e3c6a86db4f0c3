import type { ReportedImage } from '../../src/contracts/report.ts';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { ImageState as SimulatedImage } from '../../src/simulator/state.ts';
import { principals } from './rig-images.ts';
import { accessDips, idleWritesOf, writesOf } from './simulator.ts';

/** What an image may end as: with what was wanted, or as it was. */
type End = 'wanted' | 'baseline';

const ends: Readonly<Partial<Record<ReportedImage['state'], End>>> = {
  SUCCEEDED: 'wanted',
  UNCHANGED: 'wanted',
  COMPENSATED: 'baseline',
  CANCELLED: 'baseline',
  SKIPPED: 'baseline',
};

/**
 * Everything in the simulator's world and journal that a rollout, by default to A and B, may not leave behind, in words:
 * neither what was wanted nor what was there before, access lost on the way, a second put, a write of what was so already.
 */
export function offencesOf(
  simulator: Simulator,
  before: SimulatedImage,
  { imageArn, state }: Pick<ReportedImage, 'imageArn' | 'state'>,
  wanted: readonly string[] = [principals.a, principals.b],
): readonly string[] {
  const after = simulator.image(imageArn);
  const end = ends[state];
  if (after === undefined || end === undefined) return [`${imageArn} ended ${state}`];
  const offences = [
    ...idleWritesOf(simulator, imageArn).map(({ operation }) => `${operation} was served although it held already`),
    ...forwardPuts(simulator, imageArn)
      .slice(1)
      .map(() => 'the policy was put more than once'),
    // Who is not wanted loses the access to an image that goes forward, and has it again once that is undone.
    ...accessDips(simulator, imageArn)
      .filter((principal) => wanted.includes(principal))
      .map((principal) => `${principal} lost its access for a while`),
    ...lastingTransitions(after),
    ...(end === 'wanted'
      ? unlike('wanted', stateOf({ access: wanted, sees: wanted }), stateOf(after))
      : unlike('before', stateOf(before), stateOf(after))),
  ];
  return offences.map((offence) => `${imageArn} (${state}): ${offence}`);
}

/** The puts of the wanted policy that had an effect. */
export function forwardPuts(simulator: Pick<Simulator, 'journal'>, image: string): readonly JournalEntry[] {
  return writesOf(simulator, image).filter(
    ({ operation, parameters, effect }) =>
      operation === 'PutImagePolicy' && effect && String(parameters['policy']).includes(principals.b),
  );
}

function stateOf({ access, sees }: Pick<SimulatedImage, 'access' | 'sees'>): {
  access: readonly string[];
  sees: readonly string[];
} {
  return { access: access.toSorted(), sees: sees.toSorted() };
}

function unlike(what: string, expected: object, actual: object): readonly string[] {
  const [left, right] = [JSON.stringify(expected), JSON.stringify(actual)];
  return left === right ? [] : [`it is not as ${what}: ${right}, not ${left}`];
}

function lastingTransitions({ shares, imageArn }: SimulatedImage): readonly string[] {
  return shares
    .filter(({ status }) => status !== 'DELETED')
    .flatMap(({ arn, featureSet, principals: members, resources }) => {
      const statuses = [featureSet, ...Object.values(members), resources[imageArn] ?? ''];
      return statuses.filter((status) => /ING/.test(status)).map((status) => `${arn} is left with ${status}`);
    });
}
