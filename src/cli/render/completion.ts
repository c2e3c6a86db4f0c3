/** The shells that are served. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** A word that can be completed. */
interface Word {
  readonly name: string;
  readonly description: string;
}

/** A verb of the command line, with what can follow it. */
export interface CompletedVerb extends Word {
  /** Its own verbs, such as `add`. */
  readonly verbs: readonly Word[];
  /** Long options, with their dashes. */
  readonly options: readonly Word[];
}

/** A script that completes verbs and options of `policy-rollout`, and leaves everything else to the completion of files. */
export function completionScript(shell: Shell, verbs: readonly CompletedVerb[]): readonly string[] {
  switch (shell) {
    case 'bash':
      return bashScript(verbs);
    case 'zsh':
      // zsh brings what runs completions of bash.
      return ['autoload -U +X bashcompinit && bashcompinit', ...bashScript(verbs)];
    case 'fish':
      return verbs.flatMap(fishLines);
  }
}

function bashScript(verbs: readonly CompletedVerb[]): readonly string[] {
  const cases = verbs.map((verb) => `    *,${verb.name}) words='${namesOf([...verb.verbs, ...verb.options])}' ;;`);
  return [
    '_policy_rollout() {',
    "  local words=''",
    '  case "$COMP_CWORD,${COMP_WORDS[1]}" in',
    `    1,*) words='${namesOf(verbs)}' ;;`,
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _policy_rollout policy-rollout',
  ];
}

function fishLines({ name, description, verbs, options }: CompletedVerb): readonly string[] {
  const after = `complete -c policy-rollout -n '__fish_seen_subcommand_from ${name}'`;
  return [
    `complete -c policy-rollout -f -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
    ...verbs.map((word) => `${after} -f -a ${word.name} -d ${quoted(word.description)}`),
    ...options.map((word) => `${after} -l ${word.name.slice(2)} -d ${quoted(word.description)}`),
  ];
}

function namesOf(words: readonly Word[]): string {
  return words.map(({ name }) => name).join(' ');
}

// Of fish: within single quotes only these two have to be escaped.
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
