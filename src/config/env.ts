import { hostname, userInfo } from 'node:os';
import { defaultTaskQueue } from '../contracts/task-queue.ts';

/** What the product takes from the environment; Temporal's and AWS's own variables are read by their libraries. */
export interface Environment {
  /** POLICY_ROLLOUT_TASK_QUEUE. */
  readonly taskQueue: string;
  /** POLICY_ROLLOUT_LIMITS: path of the worker's limits; null where it has none. */
  readonly limitsPath: string | null;
  /** POLICY_ROLLOUT_BUILD_ID: version of the worker's deployment; null where workers are not versioned. */
  readonly buildId: string | null;
  /** POLICY_ROLLOUT_CODEC_KEYS: path of the keys that encrypt payloads; null where they are plain. */
  readonly codecKeysPath: string | null;
  /** POLICY_ROLLOUT_CODEC_TOKEN: what a caller of the codec server has to show; null where nobody has to. */
  readonly codecToken: string | null;
  /** CI: nobody watches, so no live block is drawn. */
  readonly isCi: boolean;
  /** NO_COLOR. */
  readonly isColorless: boolean;
  /** Who works here, as `user@host`: a claim, not a proof. */
  readonly userAtHost: string;
}

/** Reads the environment, here alone. An empty variable counts as absent. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const { POLICY_ROLLOUT_TASK_QUEUE, POLICY_ROLLOUT_LIMITS, CI, NO_COLOR } = variables;
  const { POLICY_ROLLOUT_CODEC_KEYS, POLICY_ROLLOUT_CODEC_TOKEN, POLICY_ROLLOUT_BUILD_ID } = variables;
  return Object.freeze({
    taskQueue: nonEmpty(POLICY_ROLLOUT_TASK_QUEUE) ?? defaultTaskQueue,
    limitsPath: nonEmpty(POLICY_ROLLOUT_LIMITS),
    buildId: nonEmpty(POLICY_ROLLOUT_BUILD_ID),
    codecKeysPath: nonEmpty(POLICY_ROLLOUT_CODEC_KEYS),
    codecToken: nonEmpty(POLICY_ROLLOUT_CODEC_TOKEN),
    isCi: !['false', '0', null].includes(nonEmpty(CI)),
    isColorless: nonEmpty(NO_COLOR) !== null,
    userAtHost: `${userName(variables)}@${hostname()}`,
  });
}

function nonEmpty(value: string | undefined): string | null {
  const text = value?.trim() ?? '';
  return text === '' ? null : text;
}

function userName({ USER, LOGNAME }: Readonly<Record<string, string | undefined>>): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user may have no name.
    return nonEmpty(USER) ?? nonEmpty(LOGNAME) ?? 'unknown';
  }
}
