import type { PolicyRolloutClient } from '../client.ts';
import type { FollowOptions } from '../client/follow.ts';
import type { StatusReport } from '../contracts/report.ts';
import type { Interruption } from './interrupt.ts';
import { renderPace } from './render/pace.ts';
import { renderLiveBlock, renderProgressLine } from './render/progress.ts';
import type { Session } from './session.ts';

/**
 * How a wait ended: with the rollout's end, with Ctrl-C, after which the rollout goes on, or because it goes on only when
 * a person has acted.
 */
export interface Followed {
  readonly why: 'ended' | 'interrupted' | 'person-needed';
  /** The last status that was seen. */
  readonly status: StatusReport | null;
}

/** Shows a status while somebody waits. */
export type Progress = (status: StatusReport) => void;

/** What else is done about where a rollout stands; the next look waits for it. */
export type OnStatus = (status: StatusReport) => Promise<void>;

/** How somebody waits. */
export interface Waiting {
  readonly progress: Progress;
  readonly interruption: Interruption;
  /** False ends the wait where an answer of a person is pending. */
  readonly isWaitingForPeople: boolean;
  readonly onStatus?: OnStatus;
}

/** Follows a rollout to its end and shows how far it is. Throws as `PolicyRolloutClient.follow` does. */
export async function followRollout(
  { output }: Session,
  client: PolicyRolloutClient,
  rolloutName: string,
  { progress, interruption, isWaitingForPeople, onStatus, ...options }: FollowOptions & Waiting,
): Promise<Followed> {
  let status: StatusReport | null = null;
  let isPlanTold = false;
  const statuses = client.follow(rolloutName, options)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await interruption.until(statuses.next());
      if (next === 'interrupted') return { why: 'interrupted', status };
      if (next.done === true) return { why: 'ended', status };
      status = next.value;
      if (!isPlanTold && status.effective !== null) {
        isPlanTold = true;
        output.note(...renderPace(status.effective, status.waves, output.paintNotes));
      }
      progress(status);
      await onStatus?.(status);
      if (isPersonNeeded(status, isWaitingForPeople)) return { why: 'person-needed', status };
    }
  } finally {
    interruption.ignore();
    output.redraw([]);
  }
}

/** A rollout pauses itself where an undo has failed: whoever waits for it is the one who has to know. */
function isPersonNeeded({ awaits, counts }: StatusReport, isWaitingForPeople: boolean): boolean {
  if (awaits === null || awaits.kind === 'soak') return false;
  return !isWaitingForPeople || (awaits.kind === 'resume' && counts.compensationFailed > 0);
}

/** Progress for people: a block that is redrawn on a terminal, otherwise one line a change. */
export function progressFor({ io, output }: Session): Progress {
  if (!io.stderr.isLive) return linesOf((status) => output.note(renderProgressLine(status)), renderProgressLine);
  return (status) => {
    output.redraw(renderLiveBlock(status, { nowMs: io.now(), width: io.stderr.width }, output.paintNotes));
  };
}

/** Progress for programs: one JSON value a change. */
export function progressEvents({ output }: Session): Progress {
  return linesOf((status) => output.event(status), JSON.stringify);
}

function linesOf(show: Progress, keyOf: (status: StatusReport) => string): Progress {
  let shown = '';
  return (status) => {
    const key = keyOf(status);
    if (key !== shown) show(status);
    shown = key;
  };
}
