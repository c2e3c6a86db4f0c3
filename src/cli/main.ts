#!/usr/bin/env node
import { processIo } from './process-io.ts';
import { run } from './run.ts';

// Whoever reads the output may have seen enough: `policy-rollout report … | head`.
process.stdout.on('error', () => process.exit());

const exitCode = await run(process.argv.slice(2), processIo());
// A pipe takes its text later; an open connection must not keep the process.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))),
);
process.exit(exitCode);
