import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import type { ManifestLookOptions } from '../look-at-manifest.ts';
import { lookAtManifest } from '../look-at-manifest.ts';
import { renderDrift } from '../render/drift.ts';
import type { Session } from '../session.ts';
import { allowEmptyOption, detailedExitCodeOption, timeoutOption, verb } from '../verb.ts';

interface DriftOptions extends ManifestLookOptions {
  readonly detailedExitcode?: true;
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
  const found = await lookAtManifest(session, path, options, (client, ...asked) => client.drift(...asked));
  if (found === null) return;
  output.result(renderDrift(found, output.paint), found);
  const isSame = found.counts.inSync === found.images.length;
  if (options.detailedExitcode === true && !isSame) finish(exitCodes.differences);
}
