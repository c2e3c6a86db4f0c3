import { devNull } from 'node:os';
import { fileURLToPath } from 'node:url';

// A shell may be set up for a real account, a real cluster, or the way to them; the demo has to do with none of these.
const foreign = /^(AWS_|TEMPORAL_|POLICY_ROLLOUT_)|^(https?|grpc|all)_proxy$/i;

// Nor with what stands in the configuration files at home.
const withoutFiles = {
  // Temporal's library takes a missing file for no configuration, and stumbles over an empty one.
  TEMPORAL_CONFIG_FILE: fileURLToPath(new URL('no-such-file.toml', import.meta.url)),
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_EC2_METADATA_DISABLED: 'true',
};

/**
 * The environment of the demo's programs: a shell's own without all that leads to AWS or Temporal, and instead of that
 * the dev server and the simulator.
 *
 * @param {NodeJS.ProcessEnv} shell
 * @param {{ temporalAddress: string, simulatorUrl: string }} targets
 * @returns {NodeJS.ProcessEnv}
 */
export function environmentOfDemo(shell, targets) {
  return { ...withoutForeign(shell), ...settingsOfDemo(targets), ...withoutFiles };
}

/**
 * A shell's environment without all that leads to AWS or Temporal.
 *
 * @param {NodeJS.ProcessEnv} shell
 * @returns {NodeJS.ProcessEnv}
 */
export function withoutForeign(shell) {
  return Object.fromEntries(Object.entries(shell).filter(([name]) => !foreign.test(name)));
}

/**
 * What a shell has to have set to reach the demo's dev server and simulator.
 *
 * @param {{ temporalAddress: string, simulatorUrl: string }} targets
 * @returns {Record<string, string>}
 */
export function settingsOfDemo({ temporalAddress, simulatorUrl }) {
  return {
    TEMPORAL_ADDRESS: temporalAddress,
    AWS_ENDPOINT_URL_IMAGEBUILDER: simulatorUrl,
    AWS_ENDPOINT_URL_RAM: simulatorUrl,
    AWS_ENDPOINT_URL_STS: simulatorUrl,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIA999999999999DEMO',
    AWS_SECRET_ACCESS_KEY: 'simulated',
  };
}
