import type { Command } from 'commander';
import type { VerifyDocument } from '../../contracts/plan-document.ts';
import { exitCodes } from '../exit-codes.ts';
import { lookUntilInterrupted } from '../interrupt.ts';
import { noteProblems } from '../note-problems.ts';
import { renderVerify } from '../render/verify.ts';
import { rolloutOrigin } from '../rollout-origin.ts';
import type { Session } from '../session.ts';
import { allowEmptyOption, detailedExitCodeOption, timeoutOption, verb } from '../verb.ts';
import { withClient } from '../with-client.ts';

interface VerifyOptions {
  readonly allowEmpty?: true;
  readonly timeout?: number;
}

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
      .action((path: string, options: VerifyOptions) => verify(session, path, options))
  );
}

async function verify(session: Session, path: string, options: VerifyOptions): Promise<void> {
  const { output, finish } = session;
  const { loadManifest } = await import('../../config/load.ts');
  const { spec, problems } = await loadManifest(path);
  noteProblems(session, problems);
  const waiting = options.timeout === undefined ? {} : { timeoutMs: options.timeout };
  const origin = rolloutOrigin(session, options);
  const found = await withClient(session, (client) =>
    lookUntilInterrupted(session, (signal) => client.verify(spec, origin, { signal, ...waiting })),
  );
  if (found === null) return;
  output.result(renderVerify(found, output.paint), found);
  finish(exitCodeOf(found));
}

function exitCodeOf({ counts, images }: VerifyDocument): number {
  if (counts.notVisible > 0 || images.some(({ excess }) => excess.length > 0)) return exitCodes.differences;
  return counts.inconclusive > 0 ? exitCodes.waits : exitCodes.done;
}
