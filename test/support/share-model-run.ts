import { associationKey } from '../../src/domain/align.ts';
import { nextStep } from '../../src/domain/converge.ts';
import type { ObservedImage } from '../../src/domain/observation.ts';
import { canonicalPrincipal } from '../../src/domain/principal.ts';
import { isStandard } from '../../src/domain/shares.ts';
import type { Memory, OnNotVisible, Situation } from '../../src/domain/situation.ts';
import type { Act, Step } from '../../src/domain/step.ts';
import { emptyMemory } from './builders.ts';
import type { ActResult } from './share-model-parts.ts';
import type { ShareModel } from './share-model.ts';

/** What a run starts from. */
export interface RunStart extends Pick<Situation, 'baseline' | 'wanted' | 'direction' | 'foreignShares'> {
  readonly ownShareArns?: readonly string[];
  /** By default what was written stays. */
  readonly onNotVisible?: OnNotVisible;
  /** Looks before which everything but the own shares is forgotten, as after a crash of the worker. */
  readonly forgetsAt?: readonly number[];
  /** Ends after this many looks, as a cancellation does. */
  readonly lookCount?: number;
}

/** How a run went. */
export interface ModelRun {
  /** The last step; `refused` where AWS refused an act for good. */
  readonly end: Step | { readonly kind: 'refused'; readonly act: Act } | { readonly kind: 'interrupted' };
  readonly acts: readonly Act[];
  /** Who had access after each look. */
  readonly access: readonly (readonly string[])[];
  readonly ownShareArns: readonly string[];
}

// Shares and policies have followed a write within this many ticks, in every behaviour that is tried.
const settleTicks = 6;
const patience = 30;
const mostLooks = 300;

/** Takes the steps that `nextStep` names, one a tick, until it has an end or nothing moves any more. */
export function runModel(model: ShareModel, start: RunStart): ModelRun {
  const acts: Act[] = [];
  const access: (readonly string[])[] = [model.access()];
  let memory: Memory = { ...emptyMemory, ownShareArns: start.ownShareArns ?? [] };
  let lastWriteAt = model.now;
  let waits = 0;
  const ended = (end: ModelRun['end']): ModelRun => ({ end, acts, access, ownShareArns: memory.ownShareArns });
  for (let look = 0; look < (start.lookCount ?? mostLooks); look += 1) {
    if (start.forgetsAt?.includes(look) === true) memory = { ...emptyMemory, ownShareArns: memory.ownShareArns };
    const observed = model.observe();
    memory = withSeen(memory, observed);
    const step = nextStep({
      onNotVisible: 'keep',
      ...start,
      observed,
      memory,
      acceptanceGraceMs: 5_000,
      hasWritten: start.direction === 'backward' || acts.length > 0,
      isSettling: model.now - lastWriteAt < settleTicks,
    });
    if (step.kind === 'done' || step.kind === 'stop') return ended(step);
    if (step.kind === 'wait') {
      waits += 1;
      if (waits > patience) return ended(step);
    } else {
      waits = 0;
      acts.push(step);
      const result = model.apply(step);
      if (result === 'refused') return ended({ kind: 'refused', act: step });
      lastWriteAt = model.now;
      memory = withActed(memory, step, result);
    }
    model.tick();
    access.push(model.access());
  }
  if (start.lookCount === undefined)
    throw new Error(`no end after ${mostLooks} looks: ${JSON.stringify(acts.slice(-6))}`);
  return ended({ kind: 'interrupted' });
}

function withSeen(memory: Memory, { shares }: ObservedImage): Memory {
  const seen = shares.filter((share) => !isStandard(share)).map(({ shareArn }) => shareArn);
  return { ...memory, ownShareArns: [...new Set([...memory.ownShareArns, ...seen])] };
}

function withActed(memory: Memory, act: Act, result: ActResult): Memory {
  switch (act.kind) {
    case 'promote':
      return result === 'unmatched'
        ? { ...memory, unmatchedShareArns: [...memory.unmatchedShareArns, act.shareArn] }
        : memory;
    case 'tag':
      return { ...memory, ownShareArns: [...new Set([...memory.ownShareArns, act.shareArn])] };
    case 'promote-permission':
      return { ...memory, promotedPermissionShareArns: [...memory.promotedPermissionShareArns, act.shareArn] };
    case 'associate': {
      const keys = act.entities.map((entity) => associationKey(act.shareArn, canonicalPrincipal(entity)));
      return { ...memory, associated: [...memory.associated, ...keys] };
    }
    case 'remove-image':
    case 'delete-share':
      return { ...memory, removedShareArns: [...memory.removedShareArns, act.shareArn] };
    case 'put':
    case 'erase':
    case 'untag':
    case 'create-share':
    case 'replace-permission':
    case 'disassociate':
      return memory;
  }
}
