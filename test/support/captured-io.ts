import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/run.ts';

/** What a command line did, as its caller sees it. */
export interface CapturedRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line in this process, where nobody can be asked unless told, and keeps what it writes. */
export async function runCaptured(argv: readonly string[], io: Partial<Io> = {}): Promise<CapturedRun> {
  const written = { stdout: '', stderr: '' };
  const streamOf = (name: keyof typeof written) => ({
    write: (text: string) => (written[name] += text),
    hasColours: false,
    isLive: false,
    width: Infinity,
  });
  const exitCode = await run(argv, {
    stdout: streamOf('stdout'),
    stderr: streamOf('stderr'),
    ask: null,
    onInterrupt: () => () => undefined,
    now: () => 0,
    who: 'ann@host',
    taskQueue: 'policy-rollout',
    codecKeysPath: null,
    ...io,
  });
  return { exitCode, ...written };
}
