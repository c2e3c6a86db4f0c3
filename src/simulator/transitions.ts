type Transition = {
  readonly dueAt: number;
  readonly order: number;
  readonly isSettled: boolean;
  readonly run: () => void;
};

/** What will happen by itself: effects in the order in which they fall due (a binary heap). */
export class Transitions {
  readonly #heap: Transition[] = [];
  #order = 0;

  /** Plans an effect. One that `settle` must not bring forward, such as an expiry, says so. */
  plan(dueAt: number, run: () => void, { isSettled = true }: { readonly isSettled?: boolean } = {}): void {
    this.#push({ dueAt, order: this.#order++, isSettled, run });
  }

  /** Takes out the next effect that is due by the instant given. */
  takeDue(instant: number): { readonly dueAt: number; readonly run: () => void } | undefined {
    const [next] = this.#heap;
    return next !== undefined && next.dueAt <= instant ? this.#pop() : undefined;
  }

  /** Takes out every effect that settling brings forward, in order. */
  takeSettled(): readonly (() => void)[] {
    const all = this.#heap.splice(0).sort((left, right) => compare(left, right));
    for (const transition of all) if (!transition.isSettled) this.#push(transition);
    return all.filter(({ isSettled }) => isSettled).map(({ run }) => run);
  }

  #push(transition: Transition): void {
    const heap = this.#heap;
    let index = heap.push(transition) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || compare(parent, transition) <= 0) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = transition;
  }

  #pop(): Transition | undefined {
    const heap = this.#heap;
    const [top] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let index = 0;
    for (;;) {
      const childIndex = this.#earlierChild(index);
      const child = heap[childIndex];
      if (child === undefined || compare(last, child) <= 0) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
    return top;
  }

  #earlierChild(index: number): number {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    return left !== undefined && right !== undefined && compare(right, left) < 0 ? 2 * index + 2 : 2 * index + 1;
  }
}

function compare(left: Transition, right: Transition): number {
  return left.dueAt - right.dueAt || left.order - right.order;
}
