import { onTestFinished } from 'vitest';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { requireWithinRoles } from './iam-roles.ts';

/** A simulator for a suite of the product. Its close fails where the product has called for what no role of deploy/iam allows. */
export async function startGuardedSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  const { close } = simulator;
  return Object.assign(simulator, {
    close: async () => {
      await close();
      await requireWithinRoles(simulator.journal());
    },
  });
}

/** The same for one test; it is closed when the test is over. */
export async function aGuardedSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startGuardedSimulator(options);
  onTestFinished(() => simulator.close());
  return simulator;
}
