import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { RolloutReport, StatusReport } from '../../src/contracts/report.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startBuiltCli } from '../support/built-cli.ts';
import { cliRig } from '../support/cli-rig.ts';
import { wordsOf } from '../support/operations-pages.ts';
import { anImageArn } from '../support/simulator.ts';
import { aTerminal } from '../support/terminal.ts';

const rig = cliRig(`follow-${process.pid}`);
const principal = '222222222222';
const because = ['--reason', 'a test', '--yes'];
const gated = 'strategy: { waves: [{ name: canary, count: 1, approval: { timeout: 1h } }, { name: rest }] }';
let simulator: Simulator;

beforeAll(() => {
  simulator = rig.simulator();
});

/** The manifest of a rollout of so many new images. */
function aManifest(name: string, count: number, more = ''): Promise<string> {
  const images = Array.from({ length: count }, (_, index) => anImageArn({ name: `${name}-${index + 1}` }));
  simulator.seed({ images: images.map((arn) => ({ arn })) });
  return rig.manifest(name, { principals: [principal], images, more });
}

describe('the end of a rollout', () => {
  it('is its report in the form that was asked for, whichever verb has waited for it', async () => {
    const path = await aManifest('formed', 2, 'strategy: { failureToleranceCount: 1 }');
    const answer = { kind: 'error', status: 403, name: 'AccessDeniedException' } as const;
    simulator.addFaults([{ operation: 'PutImagePolicy', image: anImageArn({ name: 'formed-1' }), times: 1, answer }]);

    const applied = await rig.cli('apply', path, '--yes', '--csv');
    const report = await rig.cli('report', 'formed', '--csv');
    const redriven = await rig.cli('redrive', 'formed', ...because, '--markdown');
    const redrivenReport = await rig.cli('report', 'formed', '--markdown');
    const nothing = await rig.cli('redrive', 'formed', ...because, '--csv');
    const watched = await rig.cli('watch', 'formed', '--csv');
    const watchedReport = await rig.cli('report', 'formed', '--csv');
    const revoked = await rig.cli('revoke', principal, '--images', '*:image/formed-*', ...because, '--markdown');
    const revocation = /^## (revoke-[a-z0-9-]+): SUCCEEDED\n/.exec(revoked.stdout)?.[1] ?? 'none';
    const revokedReport = await rig.cli('report', revocation, '--markdown');
    const undone = await rig.cli('undo', revocation, ...because, '--override', 'hold', '--csv');
    const undoneReport = await rig.cli('report', `${revocation}-undo`, '--csv');

    expect([applied, redriven, watched, revoked, undone].map(({ exitCode }) => exitCode)).toEqual([3, 0, 0, 0, 0]);
    expect(applied.stdout.split('\n')[0]).toMatch(/^imageArn,state,/);
    expect(applied.stdout).toBe(report.stdout);
    expect(redriven.stdout).toBe(redrivenReport.stdout);
    expect(nothing).toMatchObject({ exitCode: 0, stdout: '' });
    expect(nothing.stderr).toContain('there is nothing to redrive');
    expect(watched.stdout).toBe(watchedReport.stdout);
    expect(revoked.stdout).toBe(revokedReport.stdout);
    expect(undone.stdout).toBe(undoneReport.stdout);
  });

  it('is not there where a person is needed, and what there is has that form, too', async () => {
    const path = await aManifest('half', 2, gated);

    const csv = await rig.cli('apply', path, '--yes', '--no-wait', '--csv');
    const markdown = await rig.cli('watch', 'half', '--no-wait', '--markdown');
    const text = await rig.cli('watch', 'half', '--no-wait');
    await rig.cli('abort', 'half', ...because);

    expect([csv, markdown, text].map(({ exitCode }) => exitCode)).toEqual([6, 6, 6]);
    expect(csv.stdout).toMatch(/half-1\/1\.0\.0\/1,SUCCEEDED,canary,[\s\S]*half-2\/1\.0\.0\/1,PENDING,rest,/);
    expect(markdown.stdout).toMatch(/^## half: WAITING\\_FOR\\_APPROVAL\n/);
    expect(text.stdout).toMatch(/^half: WAITING_FOR_APPROVAL,/);
  });
});

describe('the numbers of a strategy', () => {
  it('are told before the start, with what is odd about them, and once the images were looked at', async () => {
    const waves = 'waves: [{ name: canary, count: 6 }, { name: rest }]';
    const path = await aManifest('numbered', 10, `strategy: { maxConcurrentPercentage: 10, ${waves} }`);
    await rig.cli('image', anImageArn({ name: 'numbered-1' }), '--manifest', path, '--yes');

    const started = await rig.cli('apply', path, '--yes', '--detach');
    const ended = await rig.cli('watch', 'numbered');
    const status = await rig.cli('status', 'numbered', '--json');

    const [before = ''] = started.stderr.split('Started: ');
    expect(before.split('\n')).toEqual([
      'at most 10 images to change: canary 6, rest 4; 1 at once, 0 may fail, SOFT_FAILURE_TOLERANCE, starts with 1',
      'warning: One image runs at a time: maxConcurrent comes to 1.',
      'warning: The first wave "canary" has 6 of 10 images: that is no canary.',
      '',
    ]);
    expect(ended.stderr).toContain('9 images to change: canary 6, rest 3; 1 at once');
    expect(JSON.parse(status.stdout)).toMatchObject({
      finishedAt: expect.any(String) as unknown,
      effective: { toChange: 9, maxConcurrentCount: 1 },
    });
  });

  it('are told by whoever watches a rollout that has ended', async () => {
    await rig.cli('apply', await aManifest('late', 2), '--yes');

    const { stderr } = await rig.cli('watch', 'late');

    expect(stderr).toContain('2 images to change: all 2; 10 at once, 0 may fail');
  });
});

describe('Ctrl-C', () => {
  it.each([['apply'], ['watch']])(
    'ends the waiting of %s with 130 and the command that goes on with it',
    async (verb) => {
      const name = `left-${verb}`;
      const path = await aManifest(name, 2, gated);
      if (verb === 'watch') await rig.cli('apply', path, '--yes', '--detach');
      const words = verb === 'apply' ? [path, '--yes'] : [name];

      const following = startBuiltCli([verb, ...words], rig.variables());
      await following.untilSays('WAITING_FOR_APPROVAL');
      following.signal('SIGINT');
      const { exitCode, stdout, stderr } = await following.ended;
      const [, next = ''] =
        /Interrupted\. The rollout goes on; follow it with: policy-rollout (.*)\n$/.exec(stderr) ?? [];
      await rig.cli('approve', name, ...because);
      const followed = await rig.cli(...wordsOf(next));

      expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
      expect(followed.exitCode).toBe(0);
      expect(followed.stdout).toContain(`${name}: SUCCEEDED, 2 images`);
    },
  );

  it('gives a program that waits for apply the last status', async () => {
    const path = await aManifest('left-json', 2, gated);

    const following = startBuiltCli(['apply', path, '--yes', '--json'], rig.variables());
    await following.untilSays('WAITING_FOR_APPROVAL');
    following.signal('SIGINT');
    const { exitCode, stdout } = await following.ended;
    await rig.cli('abort', 'left-json', ...because);

    expect(exitCode).toBe(130);
    expect(JSON.parse(stdout) as StatusReport).toMatchObject({
      formatVersion: 1,
      state: 'WAITING_FOR_APPROVAL',
      counts: { total: 2, succeeded: 1, pending: 1 },
    });
  });

  it('is heard from before the start on: what it starts is told, too', async () => {
    const path = await aManifest('left-early', 2, gated);
    const said: string[] = [];
    const stderr = { write: (text: string) => said.push(text), hasColours: false, isLive: false, width: Infinity };
    const onInterrupt = (listener: () => void) => {
      said.push('Ctrl-C\n');
      listener();
      return () => undefined;
    };

    const { exitCode } = await rig.cliAt({ stderr, onInterrupt }, 'apply', path, '--yes');
    const status = await rig.cli('status', 'left-early', '--json');
    await rig.cli('abort', 'left-early', ...because);

    expect(exitCode).toBe(130);
    expect(said.join('')).toMatch(/Ctrl-C\nStarted: .*\nInterrupted\. .*: policy-rollout watch left-early\n$/);
    expect(status.exitCode).toBe(0);
  });
});

describe('whoever waits', () => {
  it('sees a block on a terminal that is drawn anew, with the command to paste, and then the report alone', async () => {
    const path = await aManifest('live', 3, gated);
    const terminal = aTerminal(80);
    const command = 'policy-rollout approve live --reason "why"';

    const applied = rig.cliAt({ stderr: terminal.stream, now: () => Date.now() }, 'apply', path, '--yes');
    const block = await vi.waitFor(
      () => {
        expect(terminal.lines()).toContain(command);
        return terminal.lines().slice(terminal.lines().findIndex((line) => line.startsWith('live: ')));
      },
      { timeout: 60_000, interval: 20 },
    );
    const [, ...words] = wordsOf(block.at(-1) ?? '');
    const approved = await rig.cliAt({ ask: () => Promise.resolve('y') }, ...words, '--json');
    const { exitCode, stdout } = await applied;
    const reported = await rig.cli('report', 'live', '--json');

    expect(block).toEqual([
      expect.stringMatching(/^live: WAITING_FOR_APPROVAL for /),
      expect.stringMatching(/^canary █+ 1\/1 WAITING_FOR_APPROVAL/),
      expect.stringMatching(/^rest {3}░+ 0\/2 PENDING/),
      expect.stringMatching(/^█+░+ 1\/3$/),
      '1 succeeded, 2 pending',
      expect.stringMatching(/^waits for: Wave canary waits for 1 approval until .*Z:$/),
      command,
    ]);
    expect(approved).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"hasChanged": true') as unknown });
    expect(terminal.eraseCount()).toBeGreaterThan(1);
    expect(terminal.lines().filter((line) => /█|░|policy-rollout/.test(line))).toEqual([]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^live: SUCCEEDED, 3 images /);
    expect((JSON.parse(reported.stdout) as RolloutReport).messages).toMatchObject([{ reason: 'why' }]);
  });

  it('reads elsewhere a line for each change, at most one a second', async () => {
    const path = await aManifest('lines', 12, 'strategy: { maxConcurrentCount: 2 }');
    simulator.changeSettings({ promotionLagMs: 500 });
    const lines: { readonly at: number; readonly text: string }[] = [];
    const write = (text: string): void => void lines.push({ at: Date.now(), text });

    await rig.cliAt({ stderr: { write, hasColours: false, isLive: false, width: Infinity } }, 'apply', path, '--yes');
    simulator.changeSettings({ promotionLagMs: 0 });

    const changes = lines.filter(({ text }) => /^lines: [A-Z]+, /.test(text));
    // The end is told as soon as it is there.
    const gaps = changes.slice(1, -1).map(({ at }, index) => at - (changes[index]?.at ?? 0));
    expect(gaps.length).toBeGreaterThan(1);
    // A timer may be a little early.
    expect(gaps.filter((ms) => ms < 990)).toEqual([]);
    expect(new Set(changes.map(({ text }) => text)).size).toBe(changes.length);
  });
});
