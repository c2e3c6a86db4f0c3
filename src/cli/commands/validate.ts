import type { Command } from 'commander';
import { renderValidation } from '../render/validation.ts';
import type { Session } from '../session.ts';
import { verb } from '../verb.ts';

/** `policy-rollout validate <manifest>`: checks a manifest without asking anybody. */
export function validateCommand(session: Session): Command {
  return verb(
    'validate',
    'Check a manifest and its policy, all problems at once; needs neither Temporal nor AWS.',
    'policy-rollout validate golden-images.yaml',
  )
    .argument('<manifest>', 'YAML or JSON file')
    .action(async (path: string) => {
      const { loadManifest } = await import('../../config/load.ts');
      const { imageCount } = await import('../../domain/image-set.ts');
      const { spec, problems } = await loadManifest(path);
      const { rolloutName, images, selections, manifestSha256 } = spec;
      const counts = { imageCount: imageCount(images), selectionCount: selections.length };
      const validation = { rolloutName, manifestSha256, ...counts, problems };
      session.output.result(renderValidation(validation, session.output.paint), { formatVersion: 1, ...validation });
    });
}
