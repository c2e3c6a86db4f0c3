import { AppError } from '../domain/errors.ts';
import type { Session } from './session.ts';

/** Throws `confirmation-missing` where `--yes` is not given and nobody can be asked. */
export function requireAnswerer({ io }: Session, isYes: boolean): void {
  if (isYes || io.ask !== null) return;
  throw new AppError('confirmation-missing', 'Nobody can be asked here, and --yes is not given');
}

/** Goes on where `--yes` was given or somebody says yes. Throws `confirmation-missing`. */
export async function confirm(session: Session, question: string, isYes: boolean): Promise<void> {
  requireAnswerer(session, isYes);
  const { ask } = session.io;
  if (isYes || ask === null) return;
  const answer = await ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new AppError('confirmation-missing', 'The answer was not yes; nothing was started');
}
