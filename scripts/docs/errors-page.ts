import type { ErrorEntry, Fault } from '../../src/domain/errors.ts';
import { errorCodes } from '../../src/domain/errors.ts';
import { cell, generatedNote, table } from './markdown.ts';

const faults: Readonly<Record<Fault, { readonly heading: string; readonly text: string }>> = {
  input: { heading: 'Input', text: 'Something that was written has to be written differently.' },
  access: { heading: 'Access', text: 'The worker lacks a right, a credential or a quota.' },
  state: { heading: 'State', text: 'An image, a share or a rollout is not in a state that allows it.' },
  aws: { heading: 'AWS', text: 'AWS refuses, fails or takes its time.' },
  temporal: { heading: 'Temporal', text: 'The server, its namespace or the worker is missing.' },
  person: { heading: 'People', text: 'Somebody forbade it, or somebody has to decide.' },
  internal: { heading: 'This product', text: 'It should not happen.' },
};

/** `docs/errors.md`: every way to fail, from the registry. */
export function errorsPage(): string {
  const sections = Object.entries(faults).map(([fault, { heading, text }]) => {
    const rows = Object.entries(errorCodes)
      .filter(([, entry]) => entry.fault === fault)
      .map(([code, entry]) => row(code, entry));
    return [
      `## ${heading}`,
      '',
      text,
      '',
      ...table(['Code', 'What happened', 'What to do', 'Retry', 'Exit'], rows),
    ].join('\n');
  });
  return `${[intro(), ...sections].join('\n\n')}\n`;
}

function intro(): string {
  return `# Errors

${generatedNote('src/domain/errors.ts')}

A failure has a code, the same in the command line, in \`--json\`, in the Temporal UI and in the search attribute
\`FailureCode\`. _Retry_ says how the step is repeated before the failure counts: \`never\` ends the step at once, the others
are repeated with pauses until their attempts or their time are used up. _Exit_ is the code of a command that ends with this
error; a rollout that finishes with failed images exits with 3, 4 or 5 whatever the codes of its images.`;
}

function row(code: string, { title, hint, retry, exitCode }: ErrorEntry): readonly string[] {
  return [`\`${code}\``, cell(title), cell(hint), retry, String(exitCode)];
}
