/** The first lines of a page that nobody edits by hand. */
export function generatedNote(source: string): string {
  return `<!-- Generated from ${source} by \`npm run docs\`; change it there. -->`;
}

/** A text that cannot break a table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*', '\\*').replaceAll('\n', ' ');
}

/** The lines of a table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`);
}
