import type { Figure } from './figure.ts';
import { rounded } from './figure.ts';
import type { Workshop } from './workshop.ts';
import { newImages, rollOut } from './workshop.ts';

/** What it costs a rollout that one image in a hundred takes a minute to be promoted. */
export async function measureHeavyTail(workshop: Workshop, count: number): Promise<readonly Figure[]> {
  const plain = await rollOut(workshop, 'tail-none', newImages(workshop, 'tail-none', count));
  // The last of each hundred: with the first, all of them would be under way at once, and early.
  const slow = newImages(workshop, 'tail-heavy', count, (index) =>
    index % 100 === 50 ? { promotionLagMs: 60_000 } : {},
  );
  const heavy = await rollOut(workshop, 'tail-heavy', slow);
  return [
    {
      what: `${count} images, 1 % of them 60 s in PROMOTING: time ÷ time without`,
      value: rounded(heavy.ms / plain.ms),
    },
  ];
}
