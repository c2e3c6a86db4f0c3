/**
 * Writes the pages of docs/ that are made from the code. With `--check` it writes nothing, and exits with 1 where a page
 * is not what the code says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { generatedPages } from './docs/pages.ts';

const isCheck = process.argv.includes('--check');

for (const { file, text } of await generatedPages()) {
  if (!isCheck) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${file.pathname} is stale: run \`npm run docs\`.\n`);
    process.exitCode = 1;
  }
}
