// npx tsx scripts/record-histories.ts: plays the stories of the golden histories on a real Temporal server, and keeps what
// came of them in test/replay/histories/. To be run when a workflow has changed in a way that old histories may not replay.
import { join } from 'node:path';
import { connect } from '../src/client.ts';
import { startSimulator } from '../src/simulator/simulator.ts';
import { seedOf } from '../test/support/rig-images.ts';
import { startInProcessWorker } from '../test/support/rig-in-process.ts';
import { keepHistory } from './replay/keep-history.ts';
import { storyFaults, storySettings } from './replay/rollout-stories.ts';
import { beginnings, playStories } from './replay/stories.ts';
import { projectRoot } from './setup/prepare.mjs';
import { note, runScript } from './setup/script.mjs';
import { startDevServer } from './temporal/dev-server.mjs';
import { findTemporalCli } from './temporal/find.mjs';
import { realOutside } from './temporal/outside.mjs';

const taskQueue = 'recorder';

await runScript(async (signal) => {
  const server = await startDevServer({ cliPath: await findTemporalCli(realOutside(signal)), ui: false });
  const simulator = await startSimulator({ seed: seedOf(beginnings), faults: storyFaults, settings: storySettings });
  for (const service of ['IMAGEBUILDER', 'RAM', 'STS']) process.env[`AWS_ENDPOINT_URL_${service}`] = simulator.url;
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
  process.env['TEMPORAL_ADDRESS'] = server.address;
  const { address, namespace } = server;
  const options = { address, namespace, taskQueue, delayFactor: 0.2, requestTimeoutMs: 5_000, gatherMs: 20 };
  const worker = await startInProcessWorker(options);
  const client = await connect({ taskQueue });
  try {
    for (const { name, workflowId } of await playStories({ client, temporal: worker.temporal, simulator })) {
      await keepHistory(worker.temporal, workflowId, join(projectRoot, 'test/replay/histories', `${name}.json`));
      note(`${name}: ${workflowId}`);
    }
  } finally {
    await client.close();
    await worker.stop();
    await simulator.close();
    await server.stop();
  }
  return 0;
});
