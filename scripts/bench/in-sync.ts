import { setTimeout as sleep } from 'node:timers/promises';
import { GetImagePolicyCommand, ImagebuilderClient } from '@aws-sdk/client-imagebuilder';
import {
  GetResourceShareAssociationsCommand,
  GetResourceSharesCommand,
  ListResourcesCommand,
  RAMClient,
} from '@aws-sdk/client-ram';
import type { PolicyRolloutClient } from '../../src/client.ts';
import type { RolloutSpec } from '../../src/contracts/rollout.ts';
import type { ScheduleInput } from '../../src/contracts/schedule.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { chunksOf } from '../../src/domain/chunks.ts';
import { rolloutTagKey } from '../../src/domain/observation.ts';
import { principals, rigImage, rigOrigin, rigSpec } from '../../test/support/rig-images.ts';
import { clientConfig } from '../../test/support/simulator.ts';
import type { Figure } from './figure.ts';
import { median, rounded } from './figure.ts';
import { residentMiB } from './memory.ts';
import type { Workshop } from './workshop.ts';
import { rollOut } from './workshop.ts';

const name = 'in-sync';
const lanes = 10;
// RAM's lists take so many ARNs at once.
const page = 100;
const recheckMs = 250;

/** One way to look at all images, and what it took each time. */
interface Measured {
  readonly what: string;
  readonly look: () => Promise<unknown>;
  readonly taken: Taken[];
}

interface Taken {
  readonly calls: number;
  readonly activities: number;
  readonly seconds: number;
}

/**
 * What it takes to look at images that are all in sync, beside a plain loop of the same reads, in turns. Throws where one
 * writes.
 */
export async function measureInSync(
  workshop: Workshop,
  pid: number,
  { inSync: count, pairs }: { readonly inSync: number; readonly pairs: number },
): Promise<readonly Figure[]> {
  const { client } = workshop;
  const images = sharedImages(workshop, count);
  const spec = rigSpec(name, images);
  // What was applied is what drift, and a run of a schedule, compare with.
  await rollOut(workshop, name, images);
  await client.createSchedule(neverBySelf(spec));
  const looks: readonly Measured[] = [
    { what: 'plan', look: () => client.plan(spec, rigOrigin), taken: [] },
    { what: 'drift', look: () => client.drift(spec, rigOrigin), taken: [] },
    { what: 'scheduled run', look: () => runScheduled(client), taken: [] },
  ];
  const loop: Measured = { what: 'loop', look: () => plainLoop(workshop, images), taken: [] };
  const before = residentMiB(pid);
  for (let round = 0; round < pairs; round += 1) {
    for (const { look, taken } of [loop, ...looks]) taken.push(await takenBy(workshop, look));
  }
  return [
    ...figuresOf(`a plain loop of such reads of ${count} images, ${lanes} at once`, loop),
    ...looks.flatMap((one) => [
      ...figuresOf(`${one.what} of ${count} images in sync`, one),
      {
        what: `${one.what} of ${count} images in sync: activities`,
        value: String(Math.max(...one.taken.map(({ activities }) => activities))),
      },
      { what: `${one.what} ÷ plain loop, time, median of ${pairs} pairs`, value: rounded(median(ratios(one, loop))) },
    ]),
    { what: 'memory of the worker, after these looks ÷ before', value: rounded(residentMiB(pid) / before) },
  ];
}

function figuresOf(what: string, { taken }: Measured): readonly Figure[] {
  return [
    { what: `${what}: calls to AWS`, value: String(Math.max(...taken.map(({ calls }) => calls))) },
    { what: `${what}: seconds`, value: rounded(median(taken.map(({ seconds }) => seconds))) },
  ];
}

/** Activities that looks have scheduled so far. */
async function activitiesOfLooks({ temporal }: Workshop): Promise<number> {
  let count = 0;
  const query = "WorkflowType IN ('planRollout', 'scheduledRollout')";
  for await (const { workflowId, runId } of temporal.workflow.list({ query })) {
    const { events = [] } = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    count += (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes).length;
  }
  return count;
}

function ratios({ taken }: Measured, loop: Measured): readonly number[] {
  return taken.map(({ seconds }, round) => seconds / (loop.taken[round]?.seconds ?? Number.NaN));
}

function neverBySelf(spec: RolloutSpec): ScheduleInput {
  return {
    scheduleName: name,
    spec,
    rules: { mode: 'share-new', isRegranting: false },
    times: { cron: '0 0 29 2 *' },
    createdBy: 'bench',
    since: new Date().toISOString(),
  };
}

/** Has the schedule run now, and waits for the end. */
async function runScheduled(client: PolicyRolloutClient): Promise<void> {
  const { runs } = await client.describeSchedule(name);
  await client.triggerSchedule(name);
  for (;;) {
    const [run, ...earlier] = (await client.describeSchedule(name)).runs;
    if (run !== undefined && earlier.length === runs.length && run.status !== 'RUNNING') {
      if (run.outcome?.kind === 'nothing-to-do') return;
      throw new Error(`The scheduled run ended ${run.status}: ${run.outcome?.kind}`);
    }
    await sleep(recheckMs);
  }
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

async function takenBy(workshop: Workshop, act: () => Promise<unknown>): Promise<Taken> {
  const { simulator } = workshop;
  const activitiesBefore = await activitiesOfLooks(workshop);
  const before = simulator.journal().length;
  const begin = performance.now();
  await act();
  const seconds = (performance.now() - begin) / 1000;
  const made = simulator.journal().slice(before);
  const write = made.find(({ isWrite }) => isWrite);
  if (write !== undefined) throw new Error(`${write.operation} was called, and nothing should be written`);
  return { calls: made.length, activities: (await activitiesOfLooks(workshop)) - activitiesBefore, seconds };
}

/** What somebody would write in an afternoon: the same lists a page at a time, and the policy of each image. */
async function plainLoop({ simulator }: Workshop, images: readonly ImageArn[]): Promise<void> {
  const config = clientConfig(simulator.url);
  const [ram, imageBuilder] = [new RAMClient(config), new ImagebuilderClient(config)];
  await inLanes(chunksOf(images, page), async (arns) => {
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
