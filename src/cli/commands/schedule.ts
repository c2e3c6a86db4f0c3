import { Command } from 'commander';
import type { PolicyRolloutClient } from '../../client.ts';
import type { Origin } from '../../contracts/requests.ts';
import { confirm } from '../confirm.ts';
import { renderSchedules } from '../render/schedule.ts';
import type { Session } from '../session.ts';
import { showSchedule } from '../show-schedule.ts';
import { reasonOption, verb, yesOption } from '../verb.ts';
import { withClient } from '../with-client.ts';
import { createCommand, updateCommand } from './schedule-create.ts';

interface ChangeOptions {
  readonly yes?: true;
  readonly reason?: string;
}

/** `policy-rollout schedule`: has a manifest applied again and again, on Temporal's schedules. */
export function scheduleCommand(session: Session): Command {
  return new Command('schedule')
    .description('Keep images shared: create, list, describe, pause, resume, trigger, update or delete a schedule.')
    .addCommand(createCommand(session))
    .addCommand(listCommand(session))
    .addCommand(describeCommand(session))
    .addCommand(changeCommand(session, pause))
    .addCommand(changeCommand(session, resume))
    .addCommand(changeCommand(session, trigger))
    .addCommand(updateCommand(session))
    .addCommand(changeCommand(session, remove));
}

function listCommand(session: Session): Command {
  return verb('list', 'Show the schedules.', 'policy-rollout schedule list').action(() =>
    withClient(session, async (client) => {
      const schedules = await client.schedules();
      session.output.result(renderSchedules(schedules), { formatVersion: 1, schedules });
    }),
  );
}

function describeCommand(session: Session): Command {
  return verb(
    'describe',
    'Show when a schedule runs, what it may change, and what its last runs have found and done.',
    'policy-rollout schedule describe nightly',
  )
    .argument('<name>', 'name of the schedule')
    .action((name: string) => withClient(session, (client) => showSchedule(session, client, name)));
}

/** What was changed. */
interface Changed {
  readonly line: string;
  /** Further members of the JSON. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A verb that changes a schedule by its name. */
interface ScheduleChangeVerb {
  readonly name: string;
  readonly description: string;
  /** Returns null where it is so already. */
  readonly make: (client: PolicyRolloutClient, name: string, origin: Origin) => Promise<Changed | null>;
  readonly already: (name: string) => string;
}

const pause: ScheduleChangeVerb = {
  name: 'pause',
  description: 'Have a schedule start nothing by itself; a run that is under way goes on.',
  make: async (client, name, origin) => {
    const line = `${name} is paused; go on with: policy-rollout schedule resume ${name}`;
    return (await client.pauseSchedule(name, origin)) ? { line } : null;
  },
  already: (name) => `${name} is paused already`,
};

const resume: ScheduleChangeVerb = {
  name: 'resume',
  description: 'Have a schedule go on that is paused.',
  make: async (client, name, origin) => {
    const line = `${name} goes on; its next times: policy-rollout schedule describe ${name}`;
    return (await client.resumeSchedule(name, origin)) ? { line } : null;
  },
  already: (name) => `${name} is not paused, so it goes on already`,
};

const trigger: ScheduleChangeVerb = {
  name: 'trigger',
  description: 'Have a schedule run now, or once more after the run that is under way.',
  make: async (client, name) => {
    const { taskQueue, hasWorker } = await client.triggerSchedule(name);
    const state = hasWorker
      ? `${name} runs`
      : `${name} waits for a worker, as none polls the task queue ${taskQueue}; start one with: policy-rollout worker`;
    const line = `${state}; see what it did with: policy-rollout schedule describe ${name}`;
    return { line, more: { taskQueue, hasWorker } };
  },
  already: (name) => `${name} runs already`,
};

const remove: ScheduleChangeVerb = {
  name: 'delete',
  description: 'Forget a schedule; a run that is under way goes on.',
  make: async (client, name) => {
    await client.deleteSchedule(name);
    return { line: `${name} is deleted` };
  },
  already: (name) => `${name} is deleted already`,
};

function changeCommand(session: Session, change: ScheduleChangeVerb): Command {
  const example = `policy-rollout schedule ${change.name} nightly --reason "release" --yes`;
  return verb(change.name, change.description, example)
    .argument('<name>', 'name of the schedule')
    .addOption(reasonOption())
    .addOption(yesOption())
    .action((name: string, options: ChangeOptions) => make(session, change, name, options));
}

async function make(
  session: Session,
  change: ScheduleChangeVerb,
  name: string,
  { yes, reason = 'by hand' }: ChangeOptions,
): Promise<void> {
  const { io, output } = session;
  await confirm(session, `${change.name} the schedule ${name}?`, yes === true);
  await withClient(session, async (client) => {
    const changed = await change.make(client, name, { who: io.who, reason });
    const line = changed?.line ?? change.already(name);
    output.result([line], { formatVersion: 1, name, hasChanged: changed !== null, ...changed?.more });
  });
}
