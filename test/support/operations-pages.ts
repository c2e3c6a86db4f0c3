import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/setup/prepare.mjs';

/** The commands of the shell blocks of a page of docs/, in their order; of one section where a heading is given. */
export async function readCommands(page: string, heading?: string): Promise<readonly string[]> {
  const text = await readFile(join(projectRoot, 'docs', page), 'utf8');
  const section = heading === undefined ? text : sectionOf(text, heading);
  const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.split('\n')).filter((line) => line !== '');
}

/** Splits a command into words, as a shell does with blanks and double quotes. */
export function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

function sectionOf(text: string, heading: string): string {
  const [, section] = text.split(`\n## ${heading}\n`);
  if (section === undefined) throw new Error(`There is no section ${heading}`);
  return section.split('\n## ')[0] ?? '';
}
