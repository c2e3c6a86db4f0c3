import { proxyActivities } from '@temporalio/workflow';
import type { DoctorActivities, ExaminedSetup, SetupToExamine } from '../contracts/doctor.ts';
import { setupToExamine } from '../contracts/input-shapes.ts';
import { requireInput } from './checked.ts';

const { examineWorker, examineAccount } = proxyActivities<DoctorActivities>({
  startToCloseTimeout: '60s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  // Whoever asked waits, and asks again.
  retry: { maximumAttempts: 2 },
});

/**
 * Looks at the set-up from the worker's side, because its credentials, limits and clock are those that count.
 *
 * - Id: `doctor/<uuid>`.
 * - Messages: none.
 * - Continues as new: never; it makes 3 events for each account and Region.
 * - Invariants: nothing is written to AWS.
 */
export async function examineSetup(input: SetupToExamine): Promise<ExaminedSetup> {
  requireInput(input, setupToExamine);
  const { accounts } = input;
  const [worker, ...seen] = await Promise.all([examineWorker(), ...accounts.map((account) => examineAccount(account))]);
  return { worker, accounts: seen };
}
