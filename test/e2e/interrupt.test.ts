import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { rolloutWorkflowId } from '../../src/contracts/workflow-ids.ts';
import { startBuiltCli } from '../support/built-cli.ts';
import { cliRig } from '../support/cli-rig.ts';
import { untilJournal } from '../support/rig.ts';
import { anImageArn } from '../support/simulator.ts';

const rig = cliRig(`interrupt-${process.pid}`);
const interrupted = {
  exitCode: 130,
  stdout: '',
  stderr: 'Interrupted. The look at the images is cancelled, and nothing was written to AWS.\n',
};

/** A manifest of one image, of which AWS never tells anything. */
async function unanswered(name: string): Promise<string> {
  const image = anImageArn({ name });
  rig.simulator().seed({ images: [{ arn: image }] });
  leaveUnanswered(image);
  return rig.manifest(name, { principals: ['222222222222'], images: [image] });
}

function leaveUnanswered(image: string): void {
  rig.simulator().addFaults([{ operation: 'GetImagePolicy', image, times: 'always', answer: { kind: 'hang' } }]);
}

/** Starts a look, and gives it out when the worker has begun to ask AWS. */
async function startLook(verb: string, name: string, variables: Readonly<Record<string, string>> = {}) {
  const look = startBuiltCli([verb, await unanswered(name)], { ...rig.variables(), ...variables });
  await untilAsked(name);
  return look;
}

/** Fails where a look of a rollout was not cancelled, or is none. */
async function expectCancelledLook({ workflow }: Client, rollout: string): Promise<void> {
  const query = `WorkflowType = 'planRollout' AND RolloutName STARTS_WITH '${rollout}'`;
  await vi.waitFor(
    async () => {
      const statuses: string[] = [];
      for await (const { status } of workflow.list({ query })) statuses.push(status.name);
      expect(statuses).toEqual(['CANCELLED']);
    },
    { timeout: 60_000, interval: 50 },
  );
}

function untilAsked(name: string): Promise<void> {
  return untilJournal(rig.simulator(), name, () => rig.simulator().journal(anImageArn({ name })).length > 0);
}

async function temporal(): Promise<Client> {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  onTestFinished(() => connection.close());
  return new Client({ connection, namespace: inject('temporalNamespace') });
}

it.each(['plan', 'drift', 'verify'])('Ctrl-C cancels the look of %s, and says so', async (verb) => {
  const client = await temporal();
  const look = await startLook(verb, `cancelled-${verb}`);

  look.signal('SIGINT');

  expect(await look.ended).toEqual(interrupted);
  await expectCancelledLook(client, `cancelled-${verb}`);
});

it('Ctrl-C cancels the look of revoke --dry-run, and says so', async () => {
  const client = await temporal();
  const image = anImageArn({ name: 'cancelled-revoke' });
  rig.simulator().seed({ images: [{ arn: image }] });
  await rig.cli(
    'apply',
    await rig.manifest('cancelled-revoke', { principals: ['444455556666'], images: [image] }),
    '--yes',
  );
  // Temporal may list a workflow a moment after its end.
  const runs = () => client.workflow.count("WorkflowType = 'rolloutImages' AND RolloutName = 'cancelled-revoke'");
  await expect.poll(async () => (await runs()).count, { timeout: 20_000 }).toBe(1);
  leaveUnanswered(image);
  const only = ['--images', '*:image/cancelled-revoke/*'];
  const asked = rig.simulator().journal(image).length;

  const look = startBuiltCli(['revoke', '444455556666', ...only, '--dry-run', '--reason', 'x'], rig.variables());
  await untilJournal(rig.simulator(), 'the look', () => rig.simulator().journal(image).length > asked);
  look.signal('SIGINT');

  expect(await look.ended).toEqual(interrupted);
  await expectCancelledLook(client, 'revoke-444455556666');
});

it('Ctrl-C while apply makes its plan starts no rollout', async () => {
  const { workflow } = await temporal();
  const manifest = await unanswered('unplanned');
  let interrupt = (): void => undefined;
  const onInterrupt = (listener: () => void) => {
    interrupt = listener;
    return () => undefined;
  };

  const applied = rig.cliAt({ ask: () => Promise.resolve('yes'), onInterrupt }, 'apply', manifest);
  await untilAsked('unplanned');
  interrupt();

  expect(await applied).toEqual(interrupted);
  await expect(workflow.getHandle(rolloutWorkflowId('unplanned')).describe()).rejects.toThrow(WorkflowNotFoundError);
});

it('a second Ctrl-C does not wait until Temporal has taken the first one', async () => {
  const road = await aRoadTo(inject('temporalAddress'));
  const look = await startLook('plan', 'impatient', { TEMPORAL_ADDRESS: road.address });
  road.block();

  look.signal('SIGINT');
  await expect.poll(() => road.isTried()).toBe(true);
  look.signal('SIGINT');

  expect(await look.ended).toEqual({ exitCode: -1, stdout: '', stderr: '' });
});

/** A way to a server that can be blocked: then it takes what is sent, and hands nothing on. */
async function aRoadTo(target: string) {
  const [host = '', port = ''] = target.split(':');
  const sockets: Socket[] = [];
  let isTried = false;
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    sockets.push(near, far);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The road has no port');
  return {
    address: `127.0.0.1:${address.port}`,
    block: () => {
      for (const socket of sockets) {
        socket.unpipe();
        socket.on('data', () => (isTried = true)).resume();
      }
    },
    isTried: () => isTried,
  };
}
