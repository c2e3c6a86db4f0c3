import { onTestFinished } from 'vitest';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { requireWithinRoles } from './iam-roles.ts';

/**
 * A simulator for a suite of the product. Its close fails where the product has called for what no role of deploy/iam
 * allows, also before a reset, which forgets the journal.
 */
export async function startGuardedSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  const { close, reset } = simulator;
  // One call of each kind says what is asked of the roles.
  const seen = new Map<string, JournalEntry>();
  const remember = (): void => {
    for (const entry of simulator.journal())
      seen.set(`${entry.actor} ${entry.accessKeyId} ${entry.service} ${entry.operation}`, entry);
  };
  return Object.assign(simulator, {
    reset: () => {
      remember();
      reset();
    },
    close: async () => {
      await close();
      remember();
      await requireWithinRoles([...seen.values()]);
    },
  });
}

/** The same for one test; it is closed when the test is over. */
export async function aGuardedSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startGuardedSimulator(options);
  onTestFinished(() => simulator.close());
  return simulator;
}
