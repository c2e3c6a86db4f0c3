import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder with these files, which goes when the test has ended. */
export async function aFolder(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'policy-rollout-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(folder, name), content)));
  return folder;
}

/** The text of a valid manifest, with some of its sections written otherwise, or left out where they are empty. */
export function manifestText(sections: Readonly<Record<string, string>> = {}): string {
  const valid = {
    apiVersion: 'policy-rollout/v1',
    name: 'golden-images',
    policy: "{ principals: ['222222222222'] }",
    images: '{ include: [arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1] }',
  };
  const lines = Object.entries({ ...valid, ...sections }).filter(([, text]) => text !== '');
  return lines.map(([name, text]) => `${name}: ${text}\n`).join('');
}
