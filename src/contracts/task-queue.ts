/** The task queue of workers and clients where POLICY_ROLLOUT_TASK_QUEUE names no other. */
export const defaultTaskQueue = 'policy-rollout';
