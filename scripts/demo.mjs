// npm run demo: rolls examples/demo.yaml out on a real Temporal server against the simulator, and checks what came of it.
// npm run demo -- --stay keeps everything up for a look around, until Ctrl-C.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { settingsOfDemo } from './demo/environment.mjs';
import { fates } from './demo/fates.mjs';
import { differencesIn } from './demo/outcome.mjs';
import { readSimulatedImages } from './demo/simulated-world.mjs';
import { setStage } from './demo/stage.mjs';
import { tableOfImages } from './demo/table.mjs';
import { runCommand } from './setup/command.mjs';
import { prepare, projectRoot } from './setup/prepare.mjs';
import { note, runScript, SetupError } from './setup/script.mjs';
import { findTemporalCli } from './temporal/find.mjs';
import { realOutside } from './temporal/outside.mjs';

/** @typedef {import('./demo/stage.mjs').Stage} Stage */

const rolloutName = 'demo';

await runScript(async (signal) => {
  const isStaying = readFlags();
  await prepare({ signal });
  // Never the server of TEMPORAL_ADDRESS: images that do not exist have no business on a cluster of somebody's own.
  const cliPath = await findTemporalCli(realOutside(signal));
  const stage = await setStage({ root: projectRoot, cliPath, signal });
  try {
    const isRight = await perform(stage);
    if (isStaying) await stay(stage);
    else note('The UI is gone with the demo; to look around in it: npm run demo -- --stay');
    return isRight ? 0 : 1;
  } finally {
    if (signal.aborted) note('Ending the worker, the simulator and the server …');
    await stage.stop();
  }
});

function readFlags() {
  try {
    return parseArgs({ options: { stay: { type: 'boolean', default: false } } }).values.stay;
  } catch (error) {
    const [reason = ''] = String(error instanceof Error ? error.message : error).split('\n');
    throw new SetupError(`${reason} Use: npm run demo, or npm run demo -- --stay`);
  }
}

/**
 * Rolls out, tells what became of each image, and judges it. Gives whether all is as it has to be.
 *
 * @param {Stage} stage
 */
async function perform({ cli, env, signal, uiUrl, simulatorUrl }) {
  const manifest = join(projectRoot, 'examples', 'demo.yaml');
  note(`\n$ policy-rollout apply examples/demo.yaml --yes`);
  const args = [cli, 'apply', manifest, '--yes', '--reason', 'a demonstration', '--ui-url', uiUrl];
  const { exitCode } = await runCommand(process.execPath, args, { signal, output: 'shown', env });
  const { images, workflowId, runId } = await reportOf(cli, env, signal);
  const imageArns = fates.map(({ imageArn }) => imageArn);
  const simulated = await readSimulatedImages(simulatorUrl, imageArns);
  const path = [workflowId, runId].map(encodeURIComponent).join('/');
  tell(['', ...tableOfImages(fates, images, simulated), '']);
  tell([`Temporal UI of this rollout: ${uiUrl}/namespaces/default/workflows/${path}`, '']);
  const differences = differencesIn(fates, { exitCode, reported: images, simulated });
  tell(
    differences.length === 0
      ? [
          `apply ended with ${exitCode}: finished, two images did not succeed, within the tolerance of the manifest.`,
          'Checked with the simulator: exactly this has happened, and nobody has access who should not.',
        ]
      : ['The outcome is not the one that the demo is about:', ...differences.map((line) => `  ${line}`)],
  );
  return differences.length === 0;
}

/**
 * @param {string} cli
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal} signal
 */
async function reportOf(cli, env, signal) {
  const args = [cli, 'report', rolloutName, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, signal });
  return /** @type {import('../src/contracts/report.ts').RolloutReport} */ (JSON.parse(stdout));
}

/**
 * Ends with Ctrl-C; throws where one of the programs has ended by itself.
 *
 * @param {Stage} stage
 */
async function stay({ signal, temporalAddress, simulatorUrl }) {
  const settings = Object.entries(settingsOfDemo({ temporalAddress, simulatorUrl }));
  tell([
    '',
    'Everything stays up until Ctrl-C. To use it from another shell:',
    '',
    ...settings.map(([name, value]) => `  export ${name}=${value}`),
    `  node dist/cli/main.js report ${rolloutName}`,
  ]);
  if (!signal.aborted) await once(signal, 'abort');
  if (signal.reason instanceof SetupError) throw signal.reason;
}

/** @param {readonly string[]} lines */
function tell(lines) {
  process.stdout.write(`${lines.join('\n')}\n`);
}
