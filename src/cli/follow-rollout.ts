import type { PolicyRolloutClient } from '../client.ts';
import type { FollowOptions } from '../client/follow.ts';
import type { StatusReport } from '../contracts/report.ts';
import { untilInterrupted } from './interrupt.ts';
import type { Sample } from './render/progress.ts';
import { imagesPerSecond, renderLiveBlock, renderProgressLine, settledCount } from './render/progress.ts';
import type { Session } from './session.ts';

/** How a wait ended: with the rollout's end, or with Ctrl-C, after which the rollout goes on. */
export interface Followed {
  readonly isInterrupted: boolean;
  /** The last status that was seen. */
  readonly status: StatusReport | null;
}

/** Shows a status while somebody waits. */
export type Progress = (status: StatusReport) => void;

/** Follows a rollout to its end and shows how far it is. Throws as `PolicyRolloutClient.follow` does. */
export async function followRollout(
  { io, output }: Session,
  client: PolicyRolloutClient,
  rolloutName: string,
  { progress, ...options }: FollowOptions & { readonly progress: Progress },
): Promise<Followed> {
  let status: StatusReport | null = null;
  const statuses = client.follow(rolloutName, options)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await untilInterrupted(io, statuses.next());
      if (next === 'interrupted') return { isInterrupted: true, status };
      if (next.done === true) return { isInterrupted: false, status };
      status = next.value;
      progress(status);
    }
  } finally {
    output.redraw([]);
  }
}

/** Progress for people: a block that is redrawn on a terminal, otherwise one line a change. */
export function progressFor({ io, output }: Session): Progress {
  if (!io.stderr.isLive) return linesOf((status) => output.note(renderProgressLine(status)), renderProgressLine);
  let first: Sample | null = null;
  return (status) => {
    const nowMs = io.now();
    const sample = { atMs: nowMs, settledCount: settledCount(status) };
    first ??= sample;
    const view = { nowMs, perSecond: imagesPerSecond(first, sample), width: io.stderr.width };
    output.redraw(renderLiveBlock(status, view, output.paintNotes));
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
