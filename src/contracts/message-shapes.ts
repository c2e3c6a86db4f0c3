import { failureToleranceRange, maxConcurrentRange } from '../domain/strategy.ts';
import { aCount, aFlag, anObject } from '../domain/shape.ts';
import { aPerson, aReason, rateLimits } from './value-shapes.ts';

// Anybody who may talk to the cluster can send a message by hand: what is not of its shape is refused, or passed over.

/** See `Origin`. */
export const anOrigin = anObject({ who: aPerson, reason: aReason });

/** The second argument of `abort`. */
export const abortOptions = anObject({ isUndoing: aFlag });

/** See `StrategyChange`. */
export const aStrategyChange = anObject(
  {},
  {
    maxConcurrentCount: aCount(maxConcurrentRange.least, maxConcurrentRange.most),
    failureToleranceCount: aCount(failureToleranceRange.least, failureToleranceRange.most),
    rateLimits,
  },
);

/** See `BatchFailures`. */
export const batchFailures = anObject({ failureCount: aCount(), compensationFailedCount: aCount() });

/** See `BatchLastRunning`. */
export const batchLastRunning = anObject({ lastRunning: aCount() });
