import {
  allHandlersFinished,
  condition,
  log,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { HoldsInput, HoldsMemo } from '../contracts/holds.ts';
import { holdsInput } from '../contracts/input-shapes.ts';
import { anOrigin } from '../contracts/message-shapes.ts';
import { addHoldUpdate, removeHoldUpdate } from '../contracts/messages.ts';
import type { Origin } from '../contracts/requests.ts';
import { aHold } from '../contracts/value-shapes.ts';
import type { Hold } from '../domain/holds.ts';
import { addHold } from '../domain/holds.ts';
import { aText } from '../domain/shape.ts';
import { refusal, requireInput, taking } from './checked.ts';
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
  requireInput(input, holdsInput);
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
    taking<[Hold]>([aHold], (hold) => {
      const addition = addHold(keeper.holds, hold, Date.now());
      if (addition.kind === 'refused') throw refusal(addition.code, addition.detail);
    }),
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
    taking<[string, Origin]>([aText(), anOrigin], (name) => {
      if (!keeper.holds.some((hold) => hold.name === name))
        throw refusal('hold-not-found', `No hold is called ${name}`);
    }),
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
