import type { z } from 'zod';
import type { Strategy } from '../contracts/rollout.ts';
import type { Amount } from '../domain/strategy.ts';
import type { WaveSpec } from '../domain/waves.ts';
import type { strategySchema } from './strategy-schema.ts';

type StrategySection = z.output<typeof strategySchema>;

const defaultConcurrency: Amount = { count: 10 };
const defaultTolerance: Amount = { count: 0 };

/** The strategy that a manifest means. */
export function strategyOf(section: StrategySection): Strategy {
  const { maxConcurrentCount, maxConcurrentPercentage, failureToleranceCount, failureTolerancePercentage } = section;
  return {
    waves: section.waves.map(waveOf),
    maxConcurrent: amountOf(maxConcurrentCount, maxConcurrentPercentage) ?? defaultConcurrency,
    failureTolerance: amountOf(failureToleranceCount, failureTolerancePercentage) ?? defaultTolerance,
    concurrencyMode: section.concurrencyMode,
    onConflict: section.onConflict,
  };
}

function amountOf(count: number | undefined, percentage: number | undefined): Amount | null {
  if (count !== undefined) return { count };
  return percentage === undefined ? null : { percentage };
}

function waveOf({ soak, approval, ...wave }: StrategySection['waves'][number]): WaveSpec {
  return {
    ...wave,
    ...(soak === undefined ? {} : { soakMs: soak }),
    ...(approval === undefined ? {} : { approval: { required: approval.required, timeoutMs: approval.timeout } }),
  };
}
