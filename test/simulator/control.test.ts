import { expect, it } from 'vitest';
import { aPolicy, aSimulator, anImageArn, control, remoteSimulator } from '../support/simulator.ts';
import { clientsOf, put } from './clients.ts';

const imageArn = anImageArn();
const seed = { images: [{ arn: imageArn }] };
const consumer = '222222222222';

it('12.1 lets what falls due happen when time is advanced, and nothing before', async () => {
  const now = () => 1_800_000_000_000;
  const simulator = await aSimulator({ seed, now, settings: { shareLagMs: 1000 } });
  await put(clientsOf(simulator), imageArn, [consumer]);
  const shareCount = () => simulator.image(imageArn)?.shares.length;

  simulator.advance(999);
  const before = shareCount();
  simulator.advance(1);

  expect(before).toBe(0);
  expect(shareCount()).toBe(1);
});

it('12.2 ends all that is under way, and what follows from it', async () => {
  const lag = 3_600_000;
  const settings = { shareLagMs: lag, promotionLagMs: lag, associationLagMs: lag };
  const simulator = await aSimulator({ seed, settings });
  const image = imageArn;

  simulator.act({ kind: 'put-policy', image, policy: aPolicy(imageArn, [consumer]) });
  simulator.settle();
  simulator.act({ kind: 'promote', image });
  simulator.settle();

  expect(simulator.image(imageArn)).toMatchObject({ sees: [consumer], shares: [{ featureSet: 'STANDARD' }] });
});

it('12.3 starts again when it is reset', async () => {
  const faults = [{ operation: 'GetImage', answer: { kind: 'unavailable' } }] as const;
  const simulator = await aSimulator({ seed, faults, settings: { shareLagMs: 5 } });
  await put(clientsOf(simulator), imageArn, [consumer]);
  simulator.seed({ images: [{ arn: anImageArn({ build: 2 }) }] });
  simulator.changeSettings({ shareLagMs: 10, emptyPages: true });

  simulator.reset();

  expect(simulator.journal()).toEqual([]);
  expect(simulator.images()).toMatchObject([{ imageArn, access: [], shares: [] }]);
  expect(simulator.settings()).toMatchObject({ shareLagMs: 5, emptyPages: false });
});

it('12.4 is controlled over HTTP as in the process', async () => {
  const simulator = await aSimulator({ now: () => 1_800_000_000_000 });
  const { url } = simulator;
  const image = imageArn;
  const policy = aPolicy(imageArn, [consumer]);

  await control(url, 'POST seed', seed);
  await control(url, 'PATCH settings', { shareLagMs: 60_000, profile: 'strict', behaviour: { readBack: 'as-put' } });
  await control(url, 'POST behaviour', { image, behaviour: { promotion: 'refused' } });
  await control(url, 'POST faults', [{ operation: 'GetImage', times: 2, answer: { kind: 'throttle' } }]);
  await control(url, 'POST interventions', [{ operation: 'GetImage', when: 'after', act: { kind: 'delete-shares' } }]);
  await control(url, 'DELETE faults');
  const acted = await control(url, 'POST act', { kind: 'put-policy', image, policy });
  const before = simulator.image(imageArn)?.shares.length;
  await control(url, 'POST advance', { durationMs: 60_000 });

  expect(before).toBe(0);
  expect(acted).toEqual(simulator.journal());
  expect(await control(url, 'GET settings')).toEqual(simulator.settings());
  const remote = remoteSimulator(url);
  expect(await remote.image(imageArn)).toEqual(simulator.image(imageArn));
  expect(await control(url, 'GET state')).toEqual(simulator.images());
  expect(await remote.journal(imageArn)).toEqual(simulator.journal(imageArn));
  expect(await control(url, 'GET journal?after=1')).toEqual([]);
  expect(await remote.accessHistory(imageArn)).toEqual(simulator.accessHistory(imageArn));
  await control(url, 'POST settle');
  await control(url, 'POST reset');
  expect(simulator.images()).toEqual([]);
});

it.each([
  ['POST seed', { image: [] }, '400 {"message":"image is not known"}'],
  ['POST seed', { images: [{ arn: 'web' }] }, '400 {"message":"web is no ARN of an image build."}'],
  ['PATCH settings', { shareLagMs: -1 }, '400 {"message":"shareLagMs must be a number, 0 or more"}'],
  ['PATCH settings', { behaviour: { erase: 'all' } }, 'behaviour.erase must be one of empty-document'],
  ['PATCH settings', { profile: 'odd' }, 'profile must be one of likely'],
  ['POST faults', [{ operation: '*', answer: { kind: 'odd' } }], '[0].answer.kind must be one of error'],
  ['POST faults', [{ operation: '*' }], '[0].answer is missing'],
  ['POST act', { kind: 'promote', images: [] }, 'images is not known'],
  ['GET everything', undefined, '404 {"message":"GET everything is not part of the control API."}'],
  [`GET state?image=${imageArn}`, undefined, '404 {"message":"There is no such image."}'],
])('12.4 says what is wrong with %s %j', async (route, body, message) => {
  const { url } = await aSimulator();

  await expect(control(url, route, body)).rejects.toThrow(message);
});
