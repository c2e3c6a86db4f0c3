const answers = { soak: 'advance', approval: 'approve', resume: 'resume' } as const;

/**
 * A command of which the reason is mandatory, as texts print it: it works as it was printed, and whoever pastes it sees
 * where a better reason goes.
 */
export function commandWithReason(words: string): string {
  return `policy-rollout ${words} --reason "why"`;
}

/** The command that answers what a rollout waits for. */
export function answerTo(kind: keyof typeof answers, rolloutName: string): string {
  return commandWithReason(`${answers[kind]} ${rolloutName}`);
}
