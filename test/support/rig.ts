import { Runtime, DefaultLogger } from '@temporalio/worker';
import { afterAll, inject, vi } from 'vitest';
import type { PolicyRolloutClient } from '../../src/client.ts';
import { connect } from '../../src/client.ts';
import type { ReportedImage, RolloutReport } from '../../src/contracts/report.ts';
import type { RolloutOrigin, RolloutSpec } from '../../src/contracts/rollout.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts';
import { startGuardedSimulator } from './guarded-simulator.ts';
import { rigOrigin } from './rig-images.ts';
import type { InProcessOptions, InProcessWorker } from './rig-in-process.ts';
import { startInProcessWorker } from './rig-in-process.ts';
import { offencesOf } from './rig-offences.ts';

/** A simulator, and a worker of this process with short pauses, on the server of the tier. */
export interface Rig extends InProcessWorker {
  readonly simulator: Simulator;
  readonly client: PolicyRolloutClient;
}

/** Starts a rig for the tests of a file; it is closed after them. */
export async function startRig(
  simulated: SimulatorOptions,
  {
    delayFactor = 0.05,
    requestTimeoutMs = 2_000,
    gatherMs = 20,
    ...more
  }: Partial<Pick<InProcessOptions, 'delayFactor' | 'requestTimeoutMs' | 'gatherMs' | 'limits' | 'codec'>> = {},
): Promise<Rig> {
  const simulator = await startGuardedSimulator(simulated);
  stubAws(simulator.url);
  // What goes wrong on purpose fills the log otherwise.
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const place = { address: inject('temporalAddress'), namespace: inject('temporalNamespace') };
  const taskQueue = `rig-${simulator.port}`;
  const worker = await startInProcessWorker({ ...place, taskQueue, delayFactor, requestTimeoutMs, gatherMs, ...more });
  const client = await connectTo(place, taskQueue);
  afterAll(async () => {
    await worker.stop();
    await client.close();
    await simulator.close();
  });
  return { simulator, client, ...worker };
}

/** Connects to a server that the environment of this process does not name. */
export function connectTo(
  { address, namespace }: { readonly address: string; readonly namespace: string },
  taskQueue: string,
): Promise<PolicyRolloutClient> {
  vi.stubEnv('TEMPORAL_ADDRESS', address);
  vi.stubEnv('TEMPORAL_NAMESPACE', namespace);
  return connect({ taskQueue });
}

function stubAws(url: string): void {
  for (const service of ['IMAGEBUILDER', 'RAM', 'STS']) vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, url);
}

/** Starts a rollout, and waits for its end. */
export async function rollOut(
  client: PolicyRolloutClient,
  spec: RolloutSpec,
  origin: Partial<RolloutOrigin> = {},
): Promise<RolloutReport> {
  await client.startRollout(spec, { ...rigOrigin, ...origin });
  return endedReport(client, spec.rolloutName);
}

/** Waits for the end of a rollout, and gives all there is to know of it. */
export async function endedReport(client: PolicyRolloutClient, rolloutName: string): Promise<RolloutReport> {
  await client.outcome(rolloutName);
  return client.report(rolloutName);
}

/** What a rollout left behind that it may not, see `offencesOf`; the images as they were come from `imagesBefore`. */
export function offencesOfRollout(
  simulator: Simulator,
  before: ReturnType<typeof imagesBefore>,
  images: readonly Pick<ReportedImage, 'imageArn' | 'state'>[],
): readonly string[] {
  return images.flatMap((image) => {
    const known = before.get(image.imageArn);
    return known === undefined ? [`${image.imageArn} is unknown`] : offencesOf(simulator, known, image);
  });
}

/** All images as they are now. */
export function imagesBefore(simulator: Simulator) {
  return new Map(simulator.images().map((image) => [image.imageArn, image]));
}

/** The state of each image by its name. */
export function statesByName(images: readonly Pick<ReportedImage, 'imageArn' | 'state'>[]): Record<string, string> {
  return Object.fromEntries(images.map(({ imageArn, state }) => [imageArn.split('/')[1] ?? imageArn, state]));
}

/** Waits until the journal of the simulator shows something. */
export async function untilJournal(
  simulator: Pick<Simulator, 'journal'>,
  what: string,
  isShown: () => boolean,
  timeoutMs = 60_000,
): Promise<void> {
  await vi.waitFor(
    () => {
      if (!isShown())
        throw new Error(`The journal does not show: ${what}. It has ${simulator.journal().length} calls.`);
    },
    { timeout: timeoutMs, interval: 10 },
  );
}
