import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { operations } from '../../src/simulator/operations.ts';
import { aSimulator, anImageArn, ownerAccount } from '../support/simulator.ts';

const run = promisify(execFile);
// Its models know both promotions.
const client = 'boto3==1.43.107';
const environment = fileURLToPath(new URL(`../../node_modules/.cache/${client}/`, import.meta.url));

it('answers boto3 in every operation', { timeout: 300_000 }, async () => {
  const python = await pythonWithClient();
  const [image, unshared] = [anImageArn(), anImageArn({ name: 'unshared' })];
  const [consumer, outside] = ['222222222222', '888888888888'];
  const members = [ownerAccount, consumer];
  const simulator = await aSimulator({
    seed: { images: [{ arn: image }, { arn: unshared }] },
    settings: { organization: { id: 'o-company', managementAccount: '999999999999', members } },
  });

  const script = fileURLToPath(new URL('foreign_client.py', import.meta.url));
  // Nothing of the machine's own AWS configuration, and no proxy, may come between.
  const env = { ...process.env, AWS_PROFILE: undefined, AWS_CONFIG_FILE: '/dev/null', NO_PROXY: '127.0.0.1' };
  const { stdout } = await run(python, [script, simulator.url, image, unshared], { env });

  const called = new Set(simulator.journal().map(({ service, operation }) => `${service} ${operation}`));
  expect([...called].sort()).toEqual(operations.map(({ service, name }) => `${service} ${name}`).sort());
  const found: unknown = JSON.parse(stdout);
  expect(found).toEqual({
    identity: ownerAccount,
    session: consumer,
    no_policy: '{}',
    put: image,
    policy: ['imagebuilder:GetImage'],
    invalid: ['InvalidParameterValueException', 400],
    missing: ['ResourceNotFoundException', 404],
    unmatched: ['UnmatchedPolicyPermissionException', 400],
    made: 'CREATED_FROM_POLICY',
    promoted_permission: 'get',
    promoted: true,
    twice: ['InvalidStateTransitionException', 400],
    share: ['STANDARD', 'ACTIVE', true],
    tagged: 1,
    pending: [image],
    accepted: 'ACCEPTED',
    rejected_late: ['ResourceShareInvitationAlreadyAcceptedException', 400],
    members: { [consumer]: 'ASSOCIATED', [outside]: 'ASSOCIATED' },
    principals: [consumer, outside],
    policies: 1,
    read: '1.0.0/1',
    hidden: ['ForbiddenException', 403],
    shared: [image.slice(0, -2)],
    builds: [image],
    image_tags: { tested: 'true' },
    delete_shared: ['ResourceDependencyException', 400],
    deleted_image: unshared,
    attached: ['OperationNotPermittedException', 400],
    associated: [true],
    actions: ['imagebuilder:GetImage', 'imagebuilder:ListImages'],
    permissions: ['get', 'pair'],
    deleted_permission: true,
    leaving: 'DISASSOCIATING',
    deleted_share: true,
    enable: ['OperationNotPermittedException', 400],
  });
});

/** The python of a virtual environment that has the client; made once and kept. */
async function pythonWithClient(): Promise<string> {
  const python = `${environment}bin/python`;
  const finished = `${environment}finished`;
  if (existsSync(finished)) return python;
  await rm(environment, { recursive: true, force: true });
  await mkdir(environment, { recursive: true });
  try {
    await run('python3', ['-m', 'venv', environment]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', client]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `This test needs python3 with venv and pip, and a package index that has ${client}. ` +
        `Install python3 (Debian: apt-get install python3-venv) or set PIP_INDEX_URL, and run it again. ${reason}`,
      { cause: error },
    );
  }
  await writeFile(finished, '');
  return python;
}
