import { expect, it } from 'vitest';
import { holdsWorkflowId } from '../../src/contracts/workflow-ids.ts';
import type { Hold } from '../../src/domain/holds.ts';
import { plantImages } from '../support/rig-bulk.ts';
import { principals, quickTiming, rigOrigin, rigSpec } from '../support/rig-images.ts';
import { endedReport, rollOut, startRig, untilJournal } from '../support/rig.ts';
import { writesOf } from '../support/simulator.ts';

const rig = await startRig({});
const timing = { ...quickTiming, unansweredMs: 2_500 };

function aHold(name: string, more: Partial<Hold>): Hold {
  return { name, reason: 'release', who: 'ann@host', since: new Date().toISOString(), ...more };
}

it.each([
  ['its images', 'mid-image', { images: '*:image/mid-image/*' }],
  ['a principal that it gives access', 'mid-principal', { images: '*:image/mid-principal/*', principal: principals.a }],
])('puts an image back when a hold comes between its put and its promotion, on %s', async (_, name, on) => {
  const [image] = plantImages(rig.simulator, [name]);
  if (image === undefined) throw new Error('no image');
  // Until the hold is there, however long that takes.
  rig.simulator.changeSettings({ shareLagMs: 600_000 });

  await rig.client.startRollout(rigSpec(name, [image], { timing }), rigOrigin);
  await untilJournal(rig.simulator, 'the put', () => writesOf(rig.simulator, image).length > 0);
  await rig.client.addHold(aHold(name, on));
  rig.simulator.changeSettings({ shareLagMs: 0 });
  rig.simulator.settle();
  const { images } = await endedReport(rig.client, name);

  expect(images).toMatchObject([{ state: 'COMPENSATED', error: { code: 'image-held' } }]);
  expect(rig.simulator.images().find(({ imageArn }) => imageArn === image)?.access).toEqual([]);
});

it('takes access from a principal that is held, and gives others theirs', async () => {
  const [image] = plantImages(rig.simulator, ['narrowed']);
  if (image === undefined) throw new Error('no image');
  await rollOut(rig.client, rigSpec('widened', [image], { timing, wanted: [principals.a, principals.c] }));
  await rig.client.addHold(aHold('narrowed', { images: image, principal: principals.c }));

  const { images } = await rollOut(rig.client, rigSpec('narrowed', [image], { timing }));

  expect(images).toMatchObject([{ state: 'SUCCEEDED' }]);
});

it('keeps the holds of a workflow that somebody has terminated', async () => {
  const [kept, added] = [aHold('kept', { images: 'nothing' }), aHold('added', { images: 'nothing' })];
  await rig.client.addHold(kept);

  await rig.temporal.workflow.getHandle(holdsWorkflowId(rig.client.taskQueue)).terminate('a test');
  const afterwards = await rig.client.holds();
  await rig.client.addHold(added);

  expect(afterwards).toContainEqual(kept);
  expect(await rig.client.holds()).toEqual([...afterwards, added]);
});
