import type { Command } from 'commander';
import { diagnose, hasFailure } from '../../domain/doctor.ts';
import { exitCodes } from '../exit-codes.ts';
import { renderChecks } from '../render/doctor.ts';
import type { Session } from '../session.ts';
import { verb } from '../verb.ts';

/** `policy-rollout doctor [manifest]`: says what of the set-up is wrong, and what to do. */
export function doctorCommand({ io, output, finish }: Session): Command {
  return verb(
    'doctor',
    'Check Temporal, the worker, and with a manifest every account of it; exit code 1 where something has to be mended.',
    'policy-rollout doctor golden-images.yaml',
  )
    .argument('[manifest]', 'YAML or JSON file, whose accounts and Regions are tried, too')
    .action(async (path: string | undefined) => {
      const [{ loadManifest }, { examineLimitsFile }, { examineEngine }] = await Promise.all([
        import('../../config/load.ts'),
        import('../../config/limits-file.ts'),
        import('../../client/doctor.ts'),
      ]);
      const spec = path === undefined ? null : (await loadManifest(path)).spec;
      const { taskQueue, codecKeysPath } = io;
      const options = { taskQueue, ...(codecKeysPath === null ? {} : { codecKeysPath }) };
      const [limitsFile, engine] = await Promise.all([examineLimitsFile(), examineEngine(options, spec)]);
      const checks = diagnose({ nodeVersion: process.version, limitsFile, ...engine });
      output.result(renderChecks(checks, output.paint), { formatVersion: 1, checks });
      if (hasFailure(checks)) finish(exitCodes.unexpected);
    });
}
