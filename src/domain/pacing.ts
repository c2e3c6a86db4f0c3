/** What AWS's answers so far say of the pace that it allows. */
export interface LearnedPace {
  /** When the pace was last lowered, in milliseconds since 1970, and what it goes back to from there; null without a refusal. */
  readonly lowered: { readonly atMs: number; readonly ratePerSecond: number } | null;
  /** Null where no pace is tried out. */
  readonly trial: Trial | null;
  /** From when on the next trial may begin, in milliseconds since 1970. */
  readonly nextTrialAtMs: number;
  /** Part of the calls that AWS throttles at any pace, as the last trial has shown. */
  readonly accidents: number;
}

/** Calls that have ended, and how many of them AWS throttled. */
export interface Tally {
  readonly calls: number;
  readonly refused: number;
}

/** A pace that is far too high, if it is the pace that AWS refuses. */
interface Trial {
  readonly sinceMs: number;
  readonly ratePerSecond: number;
  /** The calls before it, and those that were begun in it. */
  readonly before: Tally;
  readonly tried: Tally;
}

/** A call that has ended. */
export interface EndedCall {
  readonly nowMs: number;
  readonly begunAtMs: number;
  readonly isThrottled: boolean;
  /** Calls that AWS took within the last second. */
  readonly takenCount: number;
  /** Whether calls had to wait for their turn within the last second: then as many were made as the pace allowed. */
  readonly isHeldBack: boolean;
  /** The last calls, this one among them; where there were fewer so far, those that are missing count as taken. */
  readonly recent: Tally;
}

/** What is known before the first refusal. */
export const nothingLearned: LearnedPace = { lowered: null, trial: null, nextTrialAtMs: 0, accidents: 0 };

// After a refusal the pace is this part of what AWS took.
const keptShare = 0.8;
// From there it goes back as TCP's CUBIC does: soon to where it was, slowly about there, then ever faster. A larger number
// probes more often, and each probe costs a refusal.
const growth = 0.1;
const lowestRate = 0.5;
// Where fewer calls are asked for than the pace allows, what AWS took is no measure of what it takes, until so many of the
// last ones were throttled.
const toleratedShare = 0.375;
// A pace that is about right is refused less often.
const doubtfulShare = 3 / 16;
// At three times its pace a limit refuses two calls of three, and accidents are as many as before.
const trialFactor = 3;
const trialCalls = 16;
const limitShare = 0.5;
// The first refusals come of what a bucket had saved up.
const firstTrialAfterMs = 5_000;
// A trial of a true limit costs some refusals.
const nextTrialAfterMs = 60_000;

/** Calls a second that may begin at some time; infinity where there was no refusal. */
export function rateAt({ lowered, trial }: LearnedPace, nowMs: number): number {
  if (trial !== null) return trial.ratePerSecond;
  if (lowered === null) return Number.POSITIVE_INFINITY;
  const { atMs, ratePerSecond } = lowered;
  const returnSeconds = Math.cbrt((ratePerSecond * (1 - keptShare)) / growth);
  const seconds = (nowMs - atMs) / 1000;
  return Math.max(lowestRate, ratePerSecond + growth * (seconds - returnSeconds) ** 3);
}

/** What is known after a call. Calls that were under way when the pace last changed say nothing new. */
export function afterCall(known: LearnedPace, call: EndedCall): LearnedPace {
  const { lowered, trial } = known;
  if (trial !== null) return call.begunAtMs < trial.sinceMs ? known : afterTried(known, trial, call);
  if (!call.isThrottled || (lowered !== null && call.begunAtMs < lowered.atMs)) return known;
  return isAccident(known, call) ? known : afterRefusal(known, call);
}

function isAccident({ accidents }: LearnedPace, { recent: { calls, refused }, isHeldBack }: EndedCall): boolean {
  const usual = calls * accidents + 3 * Math.sqrt(calls * accidents * (1 - accidents));
  return refused <= Math.max(usual, isHeldBack ? 0 : calls * toleratedShare);
}

/** Lowers the pace; where it is refused too often for that to help, it is tried out whether the pace is the reason. */
function afterRefusal(known: LearnedPace, { nowMs, recent, takenCount }: EndedCall): LearnedPace {
  const ratePerSecond = Math.max(lowestRate, Math.min(rateAt(known, nowMs), takenCount));
  const nextTrialAtMs = known.lowered === null ? nowMs + firstTrialAfterMs : known.nextTrialAtMs;
  const isDoubtful = recent.refused >= recent.calls * doubtfulShare && nowMs >= nextTrialAtMs;
  const trial = {
    sinceMs: nowMs,
    ratePerSecond: ratePerSecond * trialFactor,
    before: recent,
    tried: { calls: 0, refused: 0 },
  };
  return { ...known, lowered: { atMs: nowMs, ratePerSecond }, trial: isDoubtful ? trial : null, nextTrialAtMs };
}

function afterTried(known: LearnedPace, trial: Trial, { nowMs, isThrottled, takenCount }: EndedCall): LearnedPace {
  const calls = trial.tried.calls + 1;
  const refused = trial.tried.refused + (isThrottled ? 1 : 0);
  if (calls < trialCalls) return { ...known, trial: { ...trial, tried: { calls, refused } } };
  const isLimit = refused >= calls * limitShare;
  return {
    lowered: { atMs: nowMs, ratePerSecond: isLimit ? Math.max(lowestRate, takenCount) : trial.ratePerSecond },
    trial: null,
    nextTrialAtMs: nowMs + (isLimit ? nextTrialAfterMs : firstTrialAfterMs),
    accidents: isLimit ? 0 : (trial.before.refused + refused) / (trial.before.calls + calls),
  };
}
