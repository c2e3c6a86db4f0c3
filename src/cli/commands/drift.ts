import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { lookUntilInterrupted } from '../interrupt.ts';
import { noteProblems } from '../note-problems.ts';
import { renderDrift } from '../render/drift.ts';
import { rolloutOrigin } from '../rollout-origin.ts';
import type { Session } from '../session.ts';
import { allowEmptyOption, detailedExitCodeOption, timeoutOption, verb } from '../verb.ts';
import { withClient } from '../with-client.ts';

interface DriftOptions {
  readonly detailedExitcode?: true;
  readonly allowEmpty?: true;
  readonly timeout?: number;
}

/** `policy-rollout drift <manifest>`: which images are not as the last rollout left them; writes nothing to AWS. */
export function driftCommand(session: Session): Command {
  return verb(
    'drift',
    'Show which images are not any more as the last rollout left them; writes nothing to AWS.',
    'policy-rollout drift golden-images.yaml --detailed-exitcode',
  )
    .argument('<manifest>', 'YAML or JSON file')
    .addOption(detailedExitCodeOption())
    .addOption(allowEmptyOption())
    .addOption(timeoutOption())
    .action((path: string, options: DriftOptions) => drift(session, path, options));
}

async function drift(session: Session, path: string, options: DriftOptions): Promise<void> {
  const { output, finish } = session;
  const { loadManifest } = await import('../../config/load.ts');
  const { spec, problems } = await loadManifest(path);
  noteProblems(session, problems);
  const waiting = options.timeout === undefined ? {} : { timeoutMs: options.timeout };
  const origin = rolloutOrigin(session, options);
  const found = await withClient(session, (client) =>
    lookUntilInterrupted(session, (signal) => client.drift(spec, origin, { signal, ...waiting })),
  );
  if (found === null) return;
  output.result(renderDrift(found, output.paint), found);
  const isSame = found.counts.inSync === found.images.length;
  if (options.detailedExitcode === true && !isSame) finish(exitCodes.differences);
}
