import type { PolicyRolloutClient } from '../client.ts';
import type { LookOptions } from '../client/look.ts';
import type { RolloutOrigin, RolloutSpec } from '../contracts/rollout.ts';
import { lookUntilInterrupted } from './interrupt.ts';
import { noteProblems } from './note-problems.ts';
import { rolloutOrigin } from './rollout-origin.ts';
import type { Session } from './session.ts';
import { withClient } from './with-client.ts';

/** What a command line says about a look at the images of a manifest. */
export interface ManifestLookOptions {
  readonly allowEmpty?: true;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** A look that the client takes. */
type Look<Found> = (
  client: PolicyRolloutClient,
  spec: RolloutSpec,
  origin: RolloutOrigin,
  options: LookOptions,
) => Promise<Found>;

/**
 * Reads a manifest, tells of its warnings, and has its images looked at; null where Ctrl-C ends that. Throws as
 * `loadManifest` and the look do.
 */
export async function lookAtManifest<Found>(
  session: Session,
  path: string,
  options: ManifestLookOptions,
  look: Look<Found>,
): Promise<Found | null> {
  const { loadManifest } = await import('../config/load.ts');
  const { spec, problems } = await loadManifest(path);
  noteProblems(session, problems);
  const origin = rolloutOrigin(session, options);
  const waiting = options.timeout === undefined ? {} : { timeoutMs: options.timeout };
  return withClient(session, (client) =>
    lookUntilInterrupted(session, (signal) => look(client, spec, origin, { signal, ...waiting })),
  );
}
