import type { Command } from 'commander';
import type { VerifyDocument } from '../../contracts/plan-document.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ManifestLookOptions } from '../look-at-manifest.ts';
import { lookAtManifest } from '../look-at-manifest.ts';
import { renderVerify } from '../render/verify.ts';
import type { Session } from '../session.ts';
import { allowEmptyOption, detailedExitCodeOption, timeoutOption, verb } from '../verb.ts';

/** `policy-rollout verify <manifest>`: who sees the images now; writes nothing to AWS. */
export function verifyCommand(session: Session): Command {
  return (
    verb(
      'verify',
      'Measure anew who sees the images; writes nothing to AWS. Ends with 2 where somebody does not, 6 where it is open.',
      'policy-rollout verify golden-images.yaml',
    )
      .argument('<manifest>', 'YAML or JSON file')
      // A proof that fails is never 0, so it says nothing new here; scripts give it to plan, drift and verify alike.
      .addOption(detailedExitCodeOption())
      .addOption(allowEmptyOption())
      .addOption(timeoutOption())
      .action((path: string, options: ManifestLookOptions) => verify(session, path, options))
  );
}

async function verify(session: Session, path: string, options: ManifestLookOptions): Promise<void> {
  const { output, finish } = session;
  const found = await lookAtManifest(session, path, options, (client, ...asked) => client.verify(...asked));
  if (found === null) return;
  output.result(renderVerify(found, output.paint), found);
  finish(exitCodeOf(found));
}

function exitCodeOf({ counts, images }: VerifyDocument): number {
  if (counts.notVisible > 0 || images.some(({ excess }) => excess.length > 0)) return exitCodes.differences;
  return counts.inconclusive > 0 ? exitCodes.waits : exitCodes.done;
}
