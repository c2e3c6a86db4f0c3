import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { personAccessKeyId } from './iam-roles.ts';
import { clientConfig } from './simulator.ts';

const awsCommand = fileURLToPath(new URL('aws-command.mjs', import.meta.url));

/** Does in a shell what the AWS commands of a runbook say, each once the one before has come to rest; a refusal ends nothing. */
export async function follow(simulator: Simulator, runbook: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'runbook-'));
  await symlink(awsCommand, join(folder, 'aws'));
  const { secretAccessKey } = clientConfig(simulator.url).credentials;
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: personAccessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    PATH: [folder, process.env['PATH']].join(delimiter),
  };
  for (const line of runbook.split('\n').filter((text) => text.startsWith('aws '))) {
    await shell(line, { cwd: folder, env });
    simulator.settle();
  }
  await rm(folder, { recursive: true });
}

function shell(command: string, options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): Promise<void> {
  return new Promise((resolve) => {
    execFile('sh', ['-c', command], options, () => {
      resolve();
    });
  });
}
