import { Command } from 'commander';
import { isRolloutName } from '../../contracts/workflow-ids.ts';
import { AppError } from '../../domain/errors.ts';
import type { Hold } from '../../domain/holds.ts';
import { holdText } from '../../domain/holds.ts';
import { canonicalPrincipal } from '../../domain/principal.ts';
import { durationMs } from '../../domain/timing.ts';
import { confirm } from '../confirm.ts';
import { requirePrincipal } from '../principal-argument.ts';
import { renderHolds } from '../render/holds.ts';
import { oneLine } from '../render/text.ts';
import type { Session } from '../session.ts';
import { reasonOption, verb, yesOption } from '../verb.ts';
import { withClient } from '../with-client.ts';

interface ChangeOptions {
  readonly yes?: true;
  readonly reason: string;
}

interface AddOptions extends ChangeOptions {
  readonly images?: string;
  readonly principal?: string;
  readonly until?: string;
}

/** `policy-rollout holds`: what may not be changed for now, and who must not be given access. */
export function holdsCommand(session: Session): Command {
  return new Command('holds')
    .description('List, add or remove holds: what no rollout may change, or to whom none may give access.')
    .addCommand(listCommand(session))
    .addCommand(addCommand(session))
    .addCommand(removeCommand(session));
}

function listCommand(session: Session): Command {
  const { io, output } = session;
  return verb('list', 'Show the holds; needs no worker.', 'policy-rollout holds list').action(() =>
    withClient(session, async (client) => {
      const holds = await client.holds();
      output.result(renderHolds(holds, io.now()), { formatVersion: 1, holds });
    }),
  );
}

function addCommand(session: Session): Command {
  return verb(
    'add',
    'Hold images, or a principal: no rollout changes them, or gives it access.',
    'policy-rollout holds add freeze --images "arn:aws:imagebuilder:*:*:image/web/*" --until 4h --reason "release"',
  )
    .argument('<name>', 'name of the hold')
    .option('--images <pattern>', 'ARN of an image, or a pattern of ARNs')
    .option('--principal <principal>', 'account, role, user, organisation or unit that must not be given access')
    .option('--until <time>', 'an instant such as 2026-12-24T18:00:00Z, or a duration such as 4h')
    .addOption(reasonOption().makeOptionMandatory())
    .addOption(yesOption())
    .action((name: string, options: AddOptions) => add(session, name, options));
}

async function add(session: Session, name: string, options: AddOptions): Promise<void> {
  const { output } = session;
  const hold = holdOf(session, name, options);
  await confirm(session, `Add the hold ${name}?`, options.yes === true);
  await withClient(session, async (client) => {
    const hasChanged = await client.addHold(hold);
    const line = hasChanged ? `Added: ${oneLine(holdText(hold))}` : `${name} stands already`;
    output.result([line], { formatVersion: 1, hold, hasChanged });
  });
}

function holdOf({ io }: Session, name: string, { images, principal, until, reason }: AddOptions): Hold {
  requireName(name);
  if (images === undefined && principal === undefined) {
    throw new AppError('usage-wrong', 'Give --images, --principal, or both', { item: name });
  }
  if (images === '') throw new AppError('usage-wrong', 'An empty text says nothing', { item: name });
  if (principal !== undefined) requirePrincipal(principal);
  const nowMs = io.now();
  return {
    name,
    ...(images === undefined ? {} : { images }),
    ...(principal === undefined ? {} : { principal: canonicalPrincipal(principal) }),
    reason,
    who: io.who,
    since: new Date(nowMs).toISOString(),
    ...(until === undefined ? {} : { until: instantOf(until, nowMs) }),
  };
}

function instantOf(text: string, nowMs: number): string {
  const ms = durationMs(text);
  const atMs = ms === null ? Date.parse(/^\d{4}-\d{2}-\d{2}/.test(text) ? text : '') : nowMs + ms;
  if (atMs > nowMs) return new Date(atMs).toISOString();
  throw new AppError(
    'usage-wrong',
    '--until takes an instant to come, such as 2026-12-24T18:00:00Z, or a duration such as 4h',
    {
      item: text,
    },
  );
}

function removeCommand(session: Session): Command {
  return verb('remove', 'Remove a hold.', 'policy-rollout holds remove freeze --reason "released" --yes')
    .argument('<name>', 'name of the hold')
    .addOption(reasonOption().makeOptionMandatory())
    .addOption(yesOption())
    .action((name: string, options: ChangeOptions) => remove(session, name, options));
}

async function remove(session: Session, name: string, { yes, reason }: ChangeOptions): Promise<void> {
  const { io, output } = session;
  requireName(name);
  await confirm(session, `Remove the hold ${name}?`, yes === true);
  await withClient(session, async (client) => {
    await client.removeHold(name, { who: io.who, reason });
    output.result([`Removed: ${name}`], { formatVersion: 1, name });
  });
}

// Holds are named as rollouts are: a revocation gives its name to both.
function requireName(name: string): void {
  if (isRolloutName(name)) return;
  throw new AppError('usage-wrong', 'The name of a hold is of a-z, 0-9 and -, at most 64', { item: name });
}
