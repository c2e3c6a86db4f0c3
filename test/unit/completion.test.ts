import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { completionScript } from '../../src/cli/render/completion.ts';
import { runCaptured } from '../support/captured-io.ts';

/** What bash offers for the last of these words. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { stdout: script } = await runCaptured(['completion', 'bash']);
  const ask = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
  const shell = `${script}\n${ask}; _policy_rollout; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['-c', shell]);
  return stdout.trim().split('\n');
}

describe('completion', () => {
  it.each([
    ['verbs', ['policy-rollout', 're'], ['report', 'resume', 'reject', 'redrive', 'revoke']],
    ['options of a verb', ['policy-rollout', 'report', 'golden', '--m'], ['--markdown']],
    ['verbs of a verb', ['policy-rollout', 'holds', 'a'], ['add']],
    ['nothing where a file is wanted', ['policy-rollout', 'apply', 'golden-im'], ['']],
  ])('offers %s', async (_, words, expected) => {
    expect(await offered(...words)).toEqual(expected);
  });

  it('quotes for fish', () => {
    const verb = { name: 'go', description: "it's a \\", verbs: [], options: [{ name: '--json', description: 'x' }] };

    expect(completionScript('fish', [verb])).toEqual([
      "complete -c policy-rollout -f -n __fish_use_subcommand -a go -d 'it\\'s a \\\\'",
      "complete -c policy-rollout -n '__fish_seen_subcommand_from go' -l json -d 'x'",
    ]);
  });

  it('is refused for another shell', async () => {
    const { exitCode, stderr } = await runCaptured(['completion', 'cmd']);

    expect(exitCode).toBe(64);
    expect(stderr).toContain('Allowed choices are bash, zsh, fish');
  });
});
