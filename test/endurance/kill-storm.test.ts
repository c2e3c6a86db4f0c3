import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyRolloutClient } from '../../src/client.ts';
import type { RolloutReport } from '../../src/contracts/report.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startGuardedSimulator } from '../support/guarded-simulator.ts';
import { startBulk, writtenOf } from '../support/rig-bulk.ts';
import { foreignConsumer, foreignOffences, foreignShareOf } from '../support/rig-foreign.ts';
import { principals, rigImage, rigOrigin, rigSpec } from '../support/rig-images.ts';
import type { KillableServer } from '../support/rig-killable-server.ts';
import { startKillableServer } from '../support/rig-killable-server.ts';
import { forwardPuts, offencesOf } from '../support/rig-offences.ts';
import type { WorkerProcess } from '../support/rig-worker-process.ts';
import { buildOnce, startWorkerProcess } from '../support/rig-worker-process.ts';
import { connectTo, endedReport, imagesBefore, untilJournal } from '../support/rig.ts';
import { writesOf } from '../support/simulator.ts';

// More with `npm run bench -- --only storm`.
const imageCount = Number(process.env['IMAGES'] ?? 6);
const patienceMs = Math.max(60_000, 1_000 * imageCount);
const taskQueue = 'kill-storm';

const accounts = ['111111111111', '777777777777'];
// Of each account.
const partitionCount = 5;
const images = Array.from({ length: imageCount }, (_, index) =>
  rigImage(`storm-${index}`, accounts[index % 2], `us-east-${1 + (Math.floor(index / 2) % partitionCount)}`),
);
const ownerRoles = Object.fromEntries(
  accounts.map((account) => [account, { roleArn: `arn:aws:iam::${account}:role/policy-rollout` }]),
);
// Every fifth can only go back at first, and every fifth is in a share of somebody else, which is left as it is.
const refused = images.filter((_, index) => index % 5 === 1);
const alsoForeign = images.filter((_, index) => index % 5 === 3);
const foreignShares = alsoForeign.map(foreignShareOf);
const wanted = [principals.a, principals.b];

let server: KillableServer;
let simulator: Simulator;
let client: PolicyRolloutClient;
let workers: readonly WorkerProcess[] = [];
let before: ReturnType<typeof imagesBefore>;
let first: RolloutReport;
let firstOffences: readonly string[];
let redriven: RolloutReport;

beforeAll(async () => {
  await buildOnce();
  server = await startKillableServer();
  simulator = await startStorm();
  before = imagesBefore(simulator);
  const place = { address: server.address, namespace: server.namespace, taskQueue, awsUrl: simulator.url };
  workers = await Promise.all([startWorkerProcess(place), startWorkerProcess(place)]);
  client = await connectTo(server, taskQueue);

  await startBulk(client, rigSpec('storm', images, { ownerRoles, foreignShares: 'leave' }));
  await untilWritten(0.25);
  await workers[0]?.end('SIGKILL');
  await untilWritten(0.5);
  await server.killAndRestart(0);
  first = await endedReport(client, 'storm');
  firstOffences = offences(first);

  simulator.clearFaults();
  for (const image of refused) simulator.behave(image, {});
  await client.redrive('storm', { ...rigOrigin, reason: 'the storm is over' });
  redriven = await endedReport(client, 'storm');
}, 10 * patienceMs);

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
  await client.close();
  await server.stop();
  await simulator.close();
});

describe('a rollout whose server and one of whose two workers are killed while AWS answers 10 % 429 and 10 % 503', () => {
  it('meets both, and more than once', () => {
    const faults = simulator.journal().map(({ fault }) => fault);

    expect(server.pids[0]).not.toBe(server.pids[1]);
    expect(faults.filter((fault) => fault === 'throttle').length).toBeGreaterThan(imageCount / 4);
    expect(faults.filter((fault) => fault === 'unavailable').length).toBeGreaterThan(imageCount / 4);
  });

  it('brings every image to exactly one end, and counts each', () => {
    const { state, counts } = first;
    const compensated = refused.length;

    expect(state).toBe('COMPLETED_WITH_FAILURES');
    expect(first.images.map(({ imageArn }) => imageArn).toSorted()).toEqual(images.toSorted());
    expect(withoutZeros(counts)).toEqual({
      total: imageCount,
      succeeded: imageCount - compensated,
      compensated,
    });
  });

  it('has every effect once, and leaves nothing half done', () => {
    expect(firstOffences).toEqual([]);
  });

  it('is finished by a redrive, which does not touch what had succeeded', () => {
    const starts = images.map((image) => [image, startsOf(image)]);

    expect(redriven).toMatchObject({ state: 'SUCCEEDED', redriveCount: 1 });
    expect(withoutZeros(redriven.counts)).toEqual({ total: imageCount, succeeded: imageCount });
    expect(starts).toEqual(images.map((image) => [image, refused.includes(image) ? 2 : 1]));
    expect(images.map((image) => accessTo(image))).toEqual(images.map(wantedOf));
  });

  it('never writes to a share of somebody else', () => {
    expect(foreignOffences(simulator, foreignShares)).toEqual([]);
  });
});

function startStorm(): Promise<Simulator> {
  const plain = images.filter((image) => !alsoForeign.includes(image));
  return startGuardedSimulator({
    randomSeed: 6,
    seed: {
      images: [
        ...plain.map((arn) => ({
          arn,
          ...(refused.includes(arn) && { behaviour: { promotion: 'refused' as const } }),
        })),
        ...foreignShares.flatMap(({ seed }) => seed.images ?? []),
      ],
      shares: foreignShares.flatMap(({ seed }) => seed.shares ?? []),
    },
    faults: [
      { operation: '*', probability: 0.1, times: 'always', answer: { kind: 'throttle' } },
      // Of the 90 % that are left.
      { operation: '*', probability: 1 / 9, times: 'always', answer: { kind: 'unavailable' } },
    ],
  });
}

function untilWritten(share: number): Promise<void> {
  const isReached = (): boolean => writtenOf(simulator, images).length >= imageCount * share;
  return untilJournal(simulator, `writes to ${share} of the images`, isReached, patienceMs);
}

function offences({ images: reported }: RolloutReport): readonly string[] {
  return reported.flatMap((image) => {
    const known = before.get(image.imageArn);
    if (known === undefined) return [`${image.imageArn} is unknown`];
    return offencesOf(simulator, known, image, wantedOf(image.imageArn));
  });
}

/** How often an image began to be shared anew: by a put, or beside a foreign share by a share of its own. */
function startsOf(image: ImageArn): number {
  const created = writesOf(simulator, image).filter(
    ({ operation, effect }) => operation === 'CreateResourceShare' && effect,
  );
  return forwardPuts(simulator, image).length + created.length;
}

/** Who has access in the end: to an image in a foreign share, its consumer too. */
function wantedOf(image: string): readonly string[] {
  return alsoForeign.some((one) => one === image) ? [...wanted, foreignConsumer] : wanted;
}

function accessTo(image: ImageArn): readonly string[] {
  return simulator.image(image)?.access.toSorted() ?? [];
}

function withoutZeros(counts: RolloutReport['counts']): Partial<RolloutReport['counts']> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
