import type { Activities } from '../contracts/activities.ts';
import { alignmentKinds } from '../domain/align.ts';
import { tagAtGlance } from '../domain/converge.ts';
import type { Act } from '../domain/step.ts';
import { timingOf } from '../domain/timing.ts';
import { runWriteStep } from './attempt.ts';
import type { Leg } from './converging.ts';
import { converge, stageOf } from './converging.ts';
import type { Dependencies } from './dependencies.ts';
import { writeResult } from './write-result.ts';

const promotions: Leg['acts'] = new Set(['promote', 'promote-permission', 'tag']);

const alignments: Leg['acts'] = new Set([...promotions, ...alignmentKinds, 'erase']);

/** The steps of the transaction that change shares. */
export function shareActivities(dependencies: Dependencies): Pick<Activities, 'promoteShares' | 'alignShares'> {
  return {
    /**
     * Brings the shares of an image to STANDARD, so that the principals of its policy can find it, and tags them.
     *
     * - Effect: starts at most one promotion of each share; RAM goes on by itself after it has answered.
     * - Repeat: harmless. RAM takes no client token here, so every attempt reads first and promotes only a share that
     *   is still CREATED_FROM_POLICY; a permission is named by its content.
     * - Throws: `share-not-found`, `promotion-pending` and `permission-unmatched` (not yet; final after
     *   `promotionTimeoutMs`), `promotion-refused`, `permission-quota`, `share-failed` and
     *   `policy-changed-meanwhile` (never), AWS's own (as their class says).
     * - Class: poll. An attempt waits for nothing that RAM does by itself.
     */
    promoteShares: (input) =>
      runWriteStep(dependencies, input, async (attempt) => {
        const stage = stageOf(dependencies, attempt, input);
        const { promotionTimeoutMs: timeoutMs } = timingOf(input.options);
        await converge(stage, input, { ...legOf(promotions, timeoutMs), actAtGlance: tagAtGlance });
        return writeResult(stage);
      }),

    /**
     * Changes STANDARD shares through RAM until they give what is wanted: adds, then takes away. Where nobody is wanted
     * it removes the shares of ours and erases the policy.
     *
     * - Effect: principals and permissions of shares of ours; makes a share beside a foreign one that is left alone.
     * - Repeat: harmless. It acts on the difference to the state just read, with client tokens.
     * - Throws: `not-in-sync` and `promotion-pending` (not yet; final after `promotionTimeoutMs`), `not-visible`,
     *   `share-covers-others`, `permission-quota`, `policy-not-erasable` and `policy-changed-meanwhile` (never), AWS's
     *   own (as their class says).
     * - Class: poll.
     */
    alignShares: (input) =>
      runWriteStep(dependencies, input, async (attempt) => {
        const stage = stageOf(dependencies, attempt, input);
        const { promotionTimeoutMs: timeoutMs } = timingOf(input.options);
        await converge(stage, input, legOf(alignments, timeoutMs));
        return writeResult(stage);
      }),
  };
}

function legOf(acts: Leg['acts'], timeoutMs: number): Leg {
  return { direction: 'forward', acts, endsAfter: isLastTag, timeoutMs };
}

/** A tag gives nobody access: where only that was missing, the proof is the next look. */
function isLastTag(act: Act): boolean {
  return act.kind === 'tag' && act.isLast;
}
