import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ReportedImage } from '../../src/contracts/report.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { shorthandPolicy } from '../../src/domain/policy.ts';
import type { FaultAnswer, FaultRule } from '../../src/simulator/faults.ts';
import type { Seed } from '../../src/simulator/seed.ts';
import type { Rig } from '../support/rig.ts';
import { rollOut, startRig } from '../support/rig.ts';
import type { SpecChange } from '../support/rig-images.ts';
import { principals, rigImage, rigSpec, sharedEarlier, unshared } from '../support/rig-images.ts';
import { foreignShareOf } from '../support/rig-foreign.ts';

const run = promisify(execFile);
const awsCommand = fileURLToPath(new URL('../support/aws-command.mjs', import.meta.url));
const denied: FaultAnswer = { kind: 'error', status: 403, name: 'AccessDeniedException' };
const putDenied: FaultAnswer = { kind: 'error', status: 403, name: 'ForbiddenException' };
const pair = ['imagebuilder:GetImage', 'imagebuilder:ListImages'];
const many = Array.from({ length: 12 }, (_, index) => `${700_000_000_001 + index}`);

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({});
});

interface Case {
  readonly what: string;
  readonly image: ImageArn;
  readonly seed: Seed;
  readonly faults: readonly FaultRule[];
  readonly change?: SpecChange;
}

const cases: readonly Case[] = [
  {
    what: 'a share that has somebody new, who cannot be taken out',
    ...sharedEarlier('runbook-share'),
    faults: [{ operation: 'DisassociateResourceShare', times: 'always', answer: denied }],
  },
  {
    what: 'a share with another permission',
    ...sharedEarlier('runbook-permission'),
    change: { wanted: [principals.a, principals.b] },
    faults: [
      { operation: 'DisassociateResourceShare', answer: denied },
      { operation: 'DisassociateResourceShare', times: 'always', answer: denied },
    ],
  },
  {
    what: 'a policy where nobody had access, whose share is not known yet',
    ...unshared('runbook-none', { share: 'never-appears' }),
    change: { timing: { promotionTimeoutMs: 500, settleMs: 100 } },
    faults: [{ operation: 'PutImagePolicy', skip: 1, times: 'always', answer: putDenied }],
  },
];

describe('the runbook of an image that could not be put back', () => {
  it.each(cases)('brings the access of the baseline back: $what', async ({ image, seed, faults, change, what }) => {
    const { client, simulator } = rig;
    simulator.reset();
    simulator.seed(seed);
    simulator.addFaults(faults);
    const before = accessTo(image);

    const { images } = await rollOut(client, rigSpec(`runbook-${image.split('/')[1]}`, [image], change));
    console.log(what, JSON.stringify(images[0]?.error), '\n' + images[0]?.runbook);
    expect(images).toMatchObject([{ state: 'COMPENSATION_FAILED' }]);
    expect(accessTo(image)).not.toEqual(before);
    simulator.clearFaults();
    await follow(images[0]);

    expect(accessTo(image)).toEqual(before);
  });
});

function accessTo(image: ImageArn): readonly string[] {
  return [...(rig.simulator.image(image)?.access ?? [])].sort();
}

/** Does what a runbook says, line by line, in a folder of its own. */
async function follow(image: ReportedImage | undefined): Promise<void> {
  const { runbook = '' } = image ?? {};
  const folder = await mkdtemp(join(tmpdir(), 'runbook-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await symlink(awsCommand, join(folder, 'aws'));
  const [key, secret] = ['AKIA111111111111TEST', 'simulated'];
  const credentials = { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret };
  const env = { ...process.env, ...credentials, PATH: [folder, process.env['PATH']].join(delimiter) };
  for (const line of runbook.split('\n')) {
    if (line.startsWith('temporal ')) continue;
    const done = await run('sh', ['-c', line], { cwd: folder, env }).catch((error: unknown) => error);
    console.log(line.slice(0, 60), JSON.stringify(done).slice(0, 300));
    rig.simulator.settle();
  }
}
