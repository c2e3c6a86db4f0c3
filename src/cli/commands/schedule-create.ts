import type { Command } from 'commander';
import type { RolloutSpec } from '../../contracts/rollout.ts';
import type { ScheduleInput } from '../../contracts/schedule.ts';
import { isRolloutName } from '../../contracts/workflow-ids.ts';
import { AppError } from '../../domain/errors.ts';
import { confirm } from '../confirm.ts';
import { noteProblems } from '../note-problems.ts';
import type { ScheduleOptions } from '../schedule-options.ts';
import { rulesOf, timesOf, withScheduleOptions } from '../schedule-options.ts';
import type { Session } from '../session.ts';
import { reasonOption, verb, yesOption } from '../verb.ts';
import { withClient } from '../with-client.ts';
import { showSchedule } from '../show-schedule.ts';

interface ChangeOptions extends ScheduleOptions {
  readonly yes?: true;
  readonly reason?: string;
}

interface CreateOptions extends ChangeOptions {
  readonly name: string;
}

/** `policy-rollout schedule create <manifest>`: keeps the images of a manifest shared, new builds included. */
export function createCommand(session: Session): Command {
  return withScheduleOptions(
    verb(
      'create',
      'Keep the images of a manifest shared, new builds included; the schedule keeps the manifest with its files.',
      'policy-rollout schedule create golden-images.yaml --name nightly --cron "0 6 * * *" --yes',
    )
      .argument('<manifest>', 'YAML or JSON file')
      .requiredOption('--name <name>', 'name of the schedule'),
  )
    .addOption(reasonOption())
    .addOption(yesOption())
    .action((path: string, options: CreateOptions) => create(session, path, options));
}

/** `policy-rollout schedule update <name> [manifest]`: changes what is given, and nothing else. */
export function updateCommand(session: Session): Command {
  return withScheduleOptions(
    verb(
      'update',
      'Give a schedule another manifest, other times or another mode; what is not given stays.',
      'policy-rollout schedule update nightly golden-images.yaml --yes',
    )
      .argument('<name>', 'name of the schedule')
      .argument('[manifest]', 'YAML or JSON file'),
  )
    .addOption(reasonOption())
    .addOption(yesOption())
    .action((name: string, path: string | undefined, options: ChangeOptions) => update(session, name, path, options));
}

async function create(session: Session, path: string, options: CreateOptions): Promise<void> {
  const { io } = session;
  const input = await inputOf(session, path, options);
  await confirm(session, `Create the schedule ${input.scheduleName}, mode ${input.rules.mode}?`, options.yes === true);
  await withClient(session, async (client) => {
    await client.requireAttributes();
    await client.createSchedule({ ...input, since: new Date(io.now()).toISOString() });
    await showSchedule(session, client, input.scheduleName);
  });
}

async function inputOf(session: Session, path: string, options: CreateOptions): Promise<ScheduleInput> {
  const { io } = session;
  const { name, reason } = options;
  if (!isRolloutName(name)) {
    throw new AppError('usage-wrong', 'The name of a schedule is of a-z, 0-9 and -, at most 64', { item: name });
  }
  const times = timesOf(options);
  if (times === null) {
    throw new AppError('usage-wrong', 'Give one of --cron, --interval and --calendar', { item: name });
  }
  return {
    scheduleName: name,
    rules: rulesOf(options, null),
    times,
    spec: await readSpec(session, path),
    createdBy: io.who,
    ...(reason === undefined ? {} : { reason }),
    since: new Date(io.now()).toISOString(),
  };
}

async function update(session: Session, name: string, path: string | undefined, options: ChangeOptions): Promise<void> {
  const times = timesOf(options);
  const spec = path === undefined ? null : await readSpec(session, path);
  await confirm(session, `Update the schedule ${name}?`, options.yes === true);
  await withClient(session, async (client) => {
    const before = await client.describeSchedule(name);
    if (spec !== null && spec.rolloutName !== before.rolloutName) {
      const detail = `The schedule is for the rollout ${before.rolloutName}, and the manifest names ${spec.rolloutName}`;
      throw new AppError('usage-wrong', detail, { item: name });
    }
    await client.updateSchedule(name, {
      rules: rulesOf(options, before.rules),
      ...(times === null ? {} : { times }),
      ...(spec === null ? {} : { spec }),
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    });
    await showSchedule(session, client, name);
  });
}

async function readSpec(session: Session, path: string): Promise<RolloutSpec> {
  const { loadManifest } = await import('../../config/load.ts');
  const { spec, problems } = await loadManifest(path);
  noteProblems(session, problems);
  return spec;
}
