import { GetImagePolicyCommand, ImagebuilderClient } from '@aws-sdk/client-imagebuilder';
import {
  GetResourceShareAssociationsCommand,
  GetResourceSharesCommand,
  ListResourcesCommand,
  RAMClient,
} from '@aws-sdk/client-ram';
import { rolloutTagKey } from '../../src/domain/observation.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { principals, rigImage, rigOrigin, rigSpec } from '../../test/support/rig-images.ts';
import { clientConfig } from '../../test/support/simulator.ts';
import type { Figure } from './figure.ts';
import { rounded } from './figure.ts';
import { residentMiB } from './memory.ts';
import type { Workshop } from './workshop.ts';
import { rollOut } from './workshop.ts';

const name = 'in-sync';
const lanes = 10;
// RAM's lists take so many ARNs at once.
const page = 100;

/** What it takes to look at images that are all in sync, beside a plain loop of the same reads. Throws where one writes. */
export async function measureInSync(workshop: Workshop, pid: number, count: number): Promise<readonly Figure[]> {
  const { client } = workshop;
  const images = sharedImages(workshop, count);
  const spec = rigSpec(name, images);
  // What was applied is what drift compares with.
  await rollOut(workshop, name, images);
  const memory = residentMiB(pid);
  const plan = await callsOf(workshop, () => client.plan(spec, rigOrigin));
  const drift = await callsOf(workshop, () => client.drift(spec, rigOrigin));
  const loop = await callsOf(workshop, () => plainLoop(workshop, images));
  return [
    { what: `calls to AWS of a plan of ${count} images in sync`, value: String(plan.calls) },
    { what: `calls to AWS of a drift of ${count} images in sync`, value: String(drift.calls) },
    { what: `plan of ${count} images in sync, seconds`, value: rounded(plan.seconds) },
    { what: `drift of ${count} images in sync, seconds`, value: rounded(drift.seconds) },
    {
      what: `a plain loop of such reads, ${lanes} at once: ${loop.calls} calls, seconds`,
      value: rounded(loop.seconds),
    },
    { what: 'plan ÷ plain loop, time', value: rounded(plan.seconds / loop.seconds) },
    { what: 'drift ÷ plain loop, time', value: rounded(drift.seconds / loop.seconds) },
    { what: 'memory of the worker, after plan and drift ÷ before', value: rounded(residentMiB(pid) / memory) },
  ];
}

function sharedImages({ simulator }: Workshop, count: number): readonly ImageArn[] {
  const images = Array.from({ length: count }, (_, index) => rigImage(`${name}-${index}`));
  const shares = images.map((image) => ({
    images: [image],
    principals: [principals.a, principals.b],
    tags: { [rolloutTagKey]: name },
  }));
  simulator.seed({ images: images.map((arn) => ({ arn })), shares });
  return images;
}

async function callsOf(
  { simulator }: Workshop,
  act: () => Promise<unknown>,
): Promise<{ readonly calls: number; readonly seconds: number }> {
  const before = simulator.journal().length;
  const begin = performance.now();
  await act();
  const seconds = (performance.now() - begin) / 1000;
  const made = simulator.journal().slice(before);
  const write = made.find(({ isWrite }) => isWrite);
  if (write !== undefined) throw new Error(`${write.operation} was called, and nothing should be written`);
  return { calls: made.length, seconds };
}

/** What somebody would write in an afternoon: the same lists a page at a time, and the policy of each image. */
async function plainLoop({ simulator }: Workshop, images: readonly ImageArn[]): Promise<void> {
  const config = clientConfig(simulator.url);
  const [ram, imageBuilder] = [new RAMClient(config), new ImagebuilderClient(config)];
  const pages = Array.from({ length: Math.ceil(images.length / page) }, (_, index) =>
    images.slice(index * page, (index + 1) * page),
  );
  await inLanes(pages, async (arns) => {
    const { resources = [] } = await ram.send(
      new ListResourcesCommand({ resourceOwner: 'SELF', resourceArns: [...arns], maxResults: 500 }),
    );
    const resourceShareArns = resources.map(({ resourceShareArn = '' }) => resourceShareArn);
    await ram.send(new GetResourceSharesCommand({ resourceOwner: 'SELF', resourceShareArns }));
    for (const associationType of ['RESOURCE', 'PRINCIPAL'] as const) {
      await ram.send(new GetResourceShareAssociationsCommand({ associationType, resourceShareArns }));
    }
  });
  await inLanes(images, (imageArn) => imageBuilder.send(new GetImagePolicyCommand({ imageArn })));
  ram.destroy();
  imageBuilder.destroy();
}

async function inLanes<Item>(items: readonly Item[], act: (item: Item) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const lane = async (): Promise<void> => {
    for (const item of left) await act(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
