import { createInterface } from 'node:readline/promises';
import type { WriteStream } from 'node:tty';
import type { Environment } from '../config/env.ts';
import { readEnvironment } from '../config/env.ts';
import type { Io, TextStream } from './io.ts';

const usualWidth = 80;

/** The world around this process. */
export function processIo(): Io {
  const environment = readEnvironment();
  const { stdin, stdout, stderr } = process;
  return {
    stdout: streamOf(stdout, environment),
    stderr: streamOf(stderr, environment),
    ask: stdin.isTTY && stderr.isTTY ? ask : null,
    onInterrupt,
    now: () => Date.now(),
    who: environment.userAtHost,
    taskQueue: environment.taskQueue,
    codecKeysPath: environment.codecKeysPath,
  };
}

// Nobody listens for the second one, so that it ends the process at once.
function onInterrupt(listener: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const ignore = (): void => {
    for (const signal of signals) process.off(signal, heard);
  };
  const heard = (): void => {
    ignore();
    listener();
  };
  for (const signal of signals) process.on(signal, heard);
  return ignore;
}

// Where nobody looks, `isTTY` is undefined at run time although its type says otherwise.
function streamOf(stream: WriteStream, { isCi, isColorless }: Environment): TextStream {
  return {
    write: (text) => stream.write(text),
    hasColours: stream.isTTY && !isCi && !isColorless,
    isLive: stream.isTTY && !isCi,
    // Read anew each time, because a window changes; a terminal without a window says 0.
    get width() {
      if (!stream.isTTY) return Infinity;
      return stream.columns > 0 ? stream.columns : usualWidth;
    },
  };
}

async function ask(question: string): Promise<string> {
  // On stderr, because stdout is for results.
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await prompt.question(question);
  } finally {
    prompt.close();
  }
}
