import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { badManifests } from '../support/bad-manifests.ts';
import type { CapturedRun } from '../support/captured-io.ts';
import { runCaptured } from '../support/captured-io.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policy-rollout-bad-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** Text that a person can read, and that no terminal obeys: one error, its cause, what to do, and no word of the inside. */
function expectOneClearMessage({ stderr }: CapturedRun, code: string, says: readonly string[]): void {
  const errors = stderr.split('\n').filter((line) => /^error\[/.test(line));
  expect(errors.map((line) => line.split(':')[0])).toEqual([`error[${code}]`]);
  expect(stderr).toMatch(/\n {2}what happened: .+\n/);
  expect(stderr).toMatch(/\n {2}what to do: .+\n$/);
  expect(says.filter((words) => !stderr.includes(words))).toEqual([]);
  expect(stderr).not.toMatch(/\n\s+at |node:internal|undefined|\[object|Error:/);
  // eslint-disable-next-line no-control-regex -- these are what must not be there
  expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
}

describe('a manifest with', () => {
  it.each(badManifests)('$what is refused: $exitCode $code', async ({ text, exitCode, code, says }) => {
    vi.stubEnv('TEMPORAL_ADDRESS', inject('temporalAddress'));
    const path = join(folder, 'manifest.yaml');
    await writeFile(path, text);

    const result = await runCaptured(['apply', path, '--yes']);

    expect({ exitCode: result.exitCode, stdout: result.stdout }).toEqual({ exitCode, stdout: '' });
    expectOneClearMessage(result, code, says);
  });
});
