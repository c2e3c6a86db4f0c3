import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  log,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { HoldsInput, HoldsMemo } from '../contracts/holds.ts';
import { addHoldUpdate, removeHoldUpdate } from '../contracts/messages.ts';
import type { Origin } from '../contracts/requests.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { Hold } from '../domain/holds.ts';
import { addHold } from '../domain/holds.ts';
import { holdsTable } from './holds-table.ts';
import { outliveVersions } from './outlive-versions.ts';

/** The holds at this moment. */
interface Keeper {
  holds: readonly Hold[];
}

outliveVersions(keepHolds);

/**
 * Keeps the holds of a task queue, for good.
 *
 * - Id: `holds/<task queue>`.
 * - Messages: updates `addHold` and `removeHold`. When one is answered, the memo says what it changed.
 * - Memo: `holds`, all that stand; whoever reads it with `describe` needs no worker.
 * - Continues as new: when Temporal suggests it, with all holds.
 * - Invariants: it never ends by itself; names are unique.
 */
export async function keepHolds(input: HoldsInput): Promise<never> {
  const keeper = setup(input);
  await condition(() => workflowInfo().continueAsNewSuggested && allHandlersFinished());
  const { holds } = keeper;
  return makeContinueAsNewFunc<typeof keepHolds>({ memo: memoOf(holds) })({ holds });
}

function setup({ holds }: HoldsInput): Keeper {
  const keeper: Keeper = { holds };
  show(keeper);
  setHandler(
    addHoldUpdate,
    (hold) => {
      const addition = addHold(keeper.holds, hold, Date.now());
      return addition.kind === 'added' && change(keeper, addition.holds);
    },
    {
      validator: (hold: Hold) => {
        const addition = addHold(keeper.holds, hold, Date.now());
        if (addition.kind === 'refused') throw refusal(addition.code, addition.detail);
      },
    },
  );
  setHandler(
    removeHoldUpdate,
    (name, origin) => {
      log.info('removeHold', { name, ...origin });
      return change(
        keeper,
        keeper.holds.filter((hold) => hold.name !== name),
      );
    },
    {
      validator: (...[name]: [string, Origin]) => {
        if (!keeper.holds.some((hold) => hold.name === name))
          throw refusal('hold-not-found', `No hold is called ${name}`);
      },
    },
  );
  return keeper;
}

/** The memo changes in the task that answers the update, so whoever has the answer can read it. */
function change(keeper: Keeper, holds: readonly Hold[]): true {
  keeper.holds = holds;
  show(keeper);
  return true;
}

function show({ holds }: Keeper): void {
  upsertMemo(memoOf(holds));
  setCurrentDetails(holdsTable(holds));
}

function memoOf(holds: readonly Hold[]): Record<keyof HoldsMemo, unknown> {
  return { holds };
}

function refusal(type: ErrorCode, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}
