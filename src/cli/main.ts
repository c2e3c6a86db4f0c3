#!/usr/bin/env node
import { AppError } from '../domain/errors.ts';
import { exitCodes } from './exit-codes.ts';
import { createOutput } from './output.ts';
import { processIo } from './process-io.ts';
import { run } from './run.ts';

const io = processIo();
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads the output may have seen enough: `policy-rollout report … | head`.
  if (error.code === 'EPIPE') process.exit();
  createOutput(io, false).error(new AppError('output-unwritable', `stdout takes no text: ${error.message}`));
  process.exit(exitCodes.unexpected);
});
// Nobody can be told; the exit code still says how it ended.
process.stderr.on('error', () => undefined);

const exitCode = await run(process.argv.slice(2), io);
// A pipe takes its text later; an open connection must not keep the process.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))),
);
process.exit(exitCode);
