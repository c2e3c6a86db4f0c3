import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { projectRoot } from '../../scripts/setup/prepare.mjs';
import { buildProduct } from '../../scripts/setup/product-build.mjs';
import type { CapturedRun } from './captured-io.ts';

/** Environment variables of a process besides those of this one. */
export type Variables = Readonly<Record<string, string>>;

/** The command line as it is built. */
export const builtExecutable = join(projectRoot, 'dist', 'cli', 'main.js');

/** The workflows as they are built: to bundle them takes a second and a half each time. */
export const builtWorkflows = join(projectRoot, 'dist', 'workflow-bundle.js');

/** Builds the product where its sources have changed. */
export function buildForTests(): Promise<void> {
  return buildProduct({ root: projectRoot, signal: new AbortController().signal });
}

/** A built command line that runs. */
export interface StartedCli {
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Waits until it has written these words to stderr. */
  readonly untilSays: (words: string) => Promise<void>;
  /** What it did; the exit code is -1 where a signal has ended it. */
  readonly ended: Promise<CapturedRun>;
}

/** Runs the built command line as a user does, without a terminal. */
export function runBuiltCli(argv: readonly string[], variables: Variables): Promise<CapturedRun> {
  return startBuiltCli(argv, variables).ended;
}

/** The same for somebody who does something to it meanwhile. */
export function startBuiltCli(argv: readonly string[], variables: Variables): StartedCli {
  const written = { stdout: '', stderr: '' };
  const child = start(argv, variables, written);
  const ended = once(child, 'close').then(() => ({ exitCode: child.exitCode ?? -1, ...written }));
  return { signal: (signal) => void child.kill(signal), untilSays: (words) => untilSays(child, written, words), ended };
}

/** Starts the built worker, and gives it out when it polls; it is ended when the test is over. */
export async function startBuiltWorker(variables: Variables): Promise<ChildProcess> {
  const worker = await spawnBuiltWorker(variables);
  onTestFinished(() => killAndWait(worker));
  return worker;
}

/** The same for several tests: whoever starts it ends it. */
export async function spawnBuiltWorker(variables: Variables): Promise<ChildProcess> {
  const written = { stdout: '', stderr: '' };
  const worker = start(['worker'], variables, written);
  await untilSays(worker, written, 'Polling');
  return worker;
}

async function untilSays(child: ChildProcess, written: { readonly stderr: string }, words: string): Promise<void> {
  while (!written.stderr.includes(words)) {
    if (child.exitCode !== null) throw new Error(`It ended without saying "${words}": ${written.stderr}`);
    await Promise.race([once(child.stderr ?? child, 'data'), once(child, 'close')]);
  }
}

/** Ends a process at once, and returns when it has ended. */
export async function killAndWait(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'close');
}

function start(
  argv: readonly string[],
  variables: Variables,
  written: { stdout: string; stderr: string },
): ChildProcess {
  const child = spawn(process.execPath, [builtExecutable, ...argv], {
    // CI and NO_COLOR as they are: without a terminal they make no difference.
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text));
  return child;
}
