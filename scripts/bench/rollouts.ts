import { imageWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { withBareWorker } from './bare.ts';
import type { Figure } from './figure.ts';
import { median, percent, rounded } from './figure.ts';
import type { Workshop } from './workshop.ts';
import { limitRates, newImages, rollOut } from './workshop.ts';

/** Events and bytes of the history of an image that simply succeeds. */
export async function measureHistory(workshop: Workshop): Promise<readonly Figure[]> {
  const images = newImages(workshop, 'history', 1);
  await rollOut(workshop, 'history', images);
  const ids = images.map(imageWorkflowId);
  const [described] = await Promise.all(ids.map((id) => workshop.temporal.workflow.getHandle(id).describe()));
  return [
    { what: 'history of a simple success, events', value: String(described?.historyLength) },
    { what: 'history of a simple success, bytes', value: String(described?.historySize) },
  ];
}

/** Images a second, against bare workflows in the same run; the calls to AWS for each image. */
export async function measureThroughput(workshop: Workshop, count: number, rounds: number): Promise<readonly Figure[]> {
  const pairs = await withBareWorker(workshop, async (run) => {
    await run(count);
    const measured: { readonly rolled: number; readonly bare: number }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const name = `throughput-${round}`;
      const { ms } = await rollOut(workshop, name, newImages(workshop, name, count));
      measured.push({ rolled: count / (ms / 1000), bare: count / ((await run(count)) / 1000) });
    }
    return measured;
  });
  const calls = await countCalls(workshop, newImages(workshop, 'calls', count));
  return [
    {
      what: `images/s of a rollout of ${count} images without lag`,
      value: rounded(median(pairs.map((pair) => pair.rolled))),
    },
    { what: 'bare workflows/s, four empty activities each', value: rounded(median(pairs.map((pair) => pair.bare))) },
    {
      what: `rollout ÷ bare, median of ${rounds} pairs`,
      value: rounded(median(pairs.map(({ rolled, bare }) => rolled / bare))),
    },
    { what: 'calls to AWS per image that is changed', value: rounded(calls.changed) },
    { what: 'calls to AWS per image that is in sync', value: rounded(calls.inSync) },
  ];
}

async function countCalls(
  workshop: Workshop,
  images: readonly ImageArn[],
): Promise<{ readonly changed: number; readonly inSync: number }> {
  const journaled = (): number => workshop.simulator.journal().length;
  const before = journaled();
  await rollOut(workshop, 'calls-changed', images);
  const between = journaled();
  await rollOut(workshop, 'calls-in-sync', images);
  return { changed: (between - before) / images.length, inSync: (journaled() - between) / images.length };
}

/**
 * How near a rollout comes to what a token bucket lets through: its whole time, the look at the images and the last proof
 * included, beside the images divided by the rate. Some of all calls may meet a 503 on top; the bucket counts these, too.
 */
export async function measurePace(
  workshop: Workshop,
  rate: number,
  count: number,
  unavailable = 0,
): Promise<readonly Figure[]> {
  limitRates(workshop, [{ operation: 'PutImagePolicy', ratePerSecond: rate, burst: rate }]);
  if (unavailable > 0) {
    workshop.simulator.addFaults([{ operation: '*', answer: { kind: 'unavailable' }, probability: unavailable }]);
  }
  const name = `pace-${rate}${unavailable > 0 ? '-unavailable' : ''}`;
  const { ms } = await rollOut(workshop, name, newImages(workshop, name, count));
  const puts = workshop.simulator.journal().filter(({ operation }) => operation === 'PutImagePolicy');
  const throttled = puts.filter(({ fault }) => fault === 'rate-limit').length;
  limitRates(workshop, []);
  const [seconds, ideal] = [ms / 1000, count / rate];
  const faults = unavailable > 0 ? `, ${percent(unavailable)} of all calls answered 503` : '';
  return [
    {
      what: `a rollout of ${count} images at ${rate} puts/s${faults}: seconds, of an ideal ${rounded(ideal)} (ideal ÷ measured)`,
      value: `${rounded(seconds)} (${rounded(ideal / seconds)})`,
    },
    { what: `share of the puts that the limit of ${rate}/s refused${faults}`, value: percent(throttled / puts.length) },
  ];
}
