import { AppError } from '../domain/errors.ts';
import type { Session } from './session.ts';

/** Goes on where `--yes` was given or somebody says yes. Throws `confirmation-missing`. */
export async function confirm({ io }: Session, question: string, isYes: boolean): Promise<void> {
  if (isYes) return;
  if (io.ask === null) throw new AppError('confirmation-missing', 'Nobody can be asked here, and --yes is not given');
  const answer = await io.ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new AppError('confirmation-missing', 'The answer was not yes; nothing was started');
}
