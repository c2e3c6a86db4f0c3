import { readWorkflowInput } from '../../src/client/history.ts';
import type { SetupToExamine } from '../../src/contracts/doctor.ts';
import {
  baselinesWorkflowId,
  holdsWorkflowId,
  imageWorkflowId,
  ledgerWorkflowId,
  rolloutWorkflowId,
  undoNameOf,
} from '../../src/contracts/workflow-ids.ts';
import { isRolloutInput } from '../../src/client/report.ts';
import { rigOrigin, sharedEarlier, unshared } from '../../test/support/rig-images.ts';
import type { Recording, Stage } from './rollout-stories.ts';
import { asking, beginnings as rolledOut, playRollouts, rollOut, storySpec, until } from './rollout-stories.ts';

const undone = sharedEarlier('recorded-undone');
const scheduled = unshared('recorded-scheduled');

/** What the simulator holds before the stories begin. */
export const beginnings = [...rolledOut, undone, scheduled];

/** Plays all stories, and says which histories came of them. */
export async function playStories(stage: Stage): Promise<readonly Recording[]> {
  return [
    ...(await playRollouts(stage)),
    { name: 'ledger', workflowId: ledgerWorkflowId('recorded') },
    ...(await playUndo(stage)),
    await playSchedule(stage),
    await playHolds(stage),
    await playPlan(stage),
    await playDoctor(stage),
  ];
}

/** An undo out of a file of baselines. */
async function playUndo(stage: Stage): Promise<readonly Recording[]> {
  const { client, temporal } = stage;
  const { rolloutName } = await rollOut(stage, storySpec('recorded-undone', [undone.image]));
  const undo = await client.undoFrom(await client.baselines(rolloutName), rigOrigin);
  await client.outcome(undoNameOf(rolloutName));
  const workflowId = rolloutWorkflowId(undoNameOf(rolloutName));
  const input = await readWorkflowInput(temporal, workflowId, undo?.runId ?? '');
  const prefix = isRolloutInput(input) ? (input.undo?.baselines?.workflowIdPrefix ?? '') : '';
  return [
    { name: 'root-undone', workflowId },
    { name: 'image-undone', workflowId: imageWorkflowId(undone.image) },
    { name: 'baselines', workflowId: baselinesWorkflowId(prefix, 0) },
  ];
}

/** A run of a schedule that shares an image. */
async function playSchedule({ client }: Stage): Promise<Recording> {
  const scheduleName = 'recorded-scheduled';
  await client.createSchedule({
    scheduleName,
    spec: storySpec(scheduleName, [scheduled.image]),
    rules: { mode: 'share-new', isRegranting: false, maxChanges: 10 },
    // It comes in leap years alone: the story has it run.
    times: { cron: '0 0 29 2 *' },
    createdBy: asking.who,
    since: new Date().toISOString(),
  });
  await client.triggerSchedule(scheduleName);
  const runs = async () => (await client.describeSchedule(scheduleName)).runs;
  await until(async () => (await runs())[0]?.outcome?.kind === 'rolled-out');
  return { name: 'scheduled', workflowId: (await runs())[0]?.workflowId ?? '' };
}

async function playHolds({ client }: Stage): Promise<Recording> {
  const hold = { name: 'freeze', images: '*:image/nothing/*', since: new Date().toISOString(), ...asking };
  await client.addHold(hold);
  await client.removeHold(hold.name, asking);
  return { name: 'holds', workflowId: holdsWorkflowId(client.taskQueue) };
}

async function playPlan({ client }: Stage): Promise<Recording> {
  const { workflowId } = await client.plan(storySpec('recorded-plan', [scheduled.image]), rigOrigin);
  return { name: 'plan', workflowId };
}

async function playDoctor({ client, temporal }: Stage): Promise<Recording> {
  const options = { ownerRoles: {}, consumerRoles: {} };
  const account = {
    side: 'owner',
    account: '111111111111',
    owner: { account: '111111111111', region: 'us-east-1', partition: 'aws' },
    image: scheduled.image,
    policyTemplate: null,
    options,
  } as const;
  const workflowId = 'doctor/recorded';
  const args: [SetupToExamine] = [{ accounts: [account] }];
  await temporal.workflow.execute('examineSetup', { workflowId, taskQueue: client.taskQueue, args });
  return { name: 'doctor', workflowId };
}
