import type { Figure } from './figure.ts';
import { rounded } from './figure.ts';
import type { Workshop } from './workshop.ts';
import { newImages, rollOut } from './workshop.ts';

// As many as a manifest has that says nothing of it.
const defaultLanes = 10;
const usualLagMs = 4_000;

/** What it costs a rollout that one image in a hundred takes a minute to be promoted, where the others take some seconds. */
export async function measureHeavyTail(workshop: Workshop, count: number): Promise<readonly Figure[]> {
  const plain = await timeOf(workshop, 'tail-none', count, () => usualLagMs);
  // In the middle of each hundred: the first ones would all be under way at once, and early.
  const heavy = await timeOf(workshop, 'tail-heavy', count, (index) => (index % 100 === 50 ? 60_000 : usualLagMs));
  return [
    {
      what: `${count} images, ${defaultLanes} at once, ${usualLagMs / 1_000} s in PROMOTING, 1 % of them 60 s: seconds (÷ those without)`,
      value: `${rounded(heavy / 1_000)} (${rounded(heavy / plain)})`,
    },
  ];
}

async function timeOf(
  workshop: Workshop,
  name: string,
  count: number,
  lagMsOf: (index: number) => number,
): Promise<number> {
  const images = newImages(workshop, name, count, (index) => ({ promotionLagMs: lagMsOf(index) }));
  const { ms } = await rollOut(workshop, name, images, defaultLanes);
  return ms;
}
