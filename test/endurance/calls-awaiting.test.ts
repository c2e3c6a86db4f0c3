import { beforeAll, expect, it } from 'vitest';
import type { Rig } from '../support/rig.ts';
import { rollOut, startRig } from '../support/rig.ts';
import { principals, quickTiming, rigImage, rigSpec } from '../support/rig-images.ts';

let rig: Rig;

beforeAll(async () => {
  // The grace is a time of the clock, so the pauses are those of the product too.
  rig = await startRig({}, { delayFactor: 1 });
});

it('looks seldom at an image of which only an account has not accepted, whose invitation RAM does not show', async () => {
  const { simulator, client } = rig;
  const image = rigImage('awaiting');
  simulator.reset();
  simulator.seed({ images: [{ arn: image }] });
  simulator.changeSettings({
    behaviour: { invitationOnPromotion: 'sent-access-lost', outsideInvitationVisibleToOwner: 'no' },
    organization: { id: 'o-simulated01', managementAccount: '999999999999', members: ['111111111111', principals.a] },
  });
  const timing = { ...quickTiming, acceptanceGraceMs: 16_000 };

  const { counts } = await rollOut(client, rigSpec('awaiting', [image], { timing }));

  const countOf = (name: string): number => simulator.journal().filter(({ operation }) => operation === name).length;
  // Each look asks for it while an account is ASSOCIATING; with pauses that only double, there are at least six.
  const lookCount = countOf('GetResourceShareInvitations');
  expect(counts.inconclusive).toBe(1);
  expect(lookCount).toBeLessThanOrEqual(5);
  // One more for the promotion, and one for the doubt of the look that decides.
  expect(countOf('ListResourceSharePermissions')).toBe(lookCount + 2);
});
