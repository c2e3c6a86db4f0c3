import type { Operation, Service } from './operation.ts';

/** Which calls a fault or an intervention is for. What is absent does not matter. */
export type CallFilter = {
  /** The name of an operation, or `*`. */
  readonly operation: string;
  readonly service?: Service;
  /** An image that the call is about, also by way of a share. */
  readonly image?: string;
  readonly account?: string;
  readonly region?: string;
  /** So many matching calls pass first. */
  readonly skip?: number;
  /** For so many calls, by default for one; with a probability, by default always. */
  readonly times?: number | 'always';
  /** The chance of each matching call, from 0 to 1. */
  readonly probability?: number;
};

/** What of a call is matched. */
export type FilteredCall = {
  readonly operation: Operation;
  readonly account: string;
  readonly region: string;
  readonly images: readonly string[];
};

/** Rules in order, each with the count of calls that it has met. */
export class CountedRules<Rule extends CallFilter> {
  readonly #random: () => number;
  #rules: { readonly rule: Rule; metCount: number; usedCount: number }[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  add(rules: readonly Rule[]): void {
    this.#rules.push(...rules.map((rule) => ({ rule, metCount: 0, usedCount: 0 })));
  }

  clear(): void {
    this.#rules = [];
  }

  /** Whether there is a rule that passes the test, used up or not. */
  some(isWanted: (rule: Rule) => boolean): boolean {
    return this.#rules.some(({ rule }) => isWanted(rule));
  }

  /** The first rule that strikes the call, which counts as its use. */
  first(call: FilteredCall): Rule | undefined {
    const struck = this.#rules.find((counted) => this.#strikes(counted, call));
    return struck?.rule;
  }

  /** Every rule that strikes the call and passes the test. */
  all(call: FilteredCall, isWanted: (rule: Rule) => boolean): readonly Rule[] {
    return this.#rules
      .filter((counted) => isWanted(counted.rule) && this.#strikes(counted, call))
      .map(({ rule }) => rule);
  }

  #strikes(counted: { readonly rule: Rule; metCount: number; usedCount: number }, call: FilteredCall): boolean {
    const { rule } = counted;
    if (!isFor(rule, call)) return false;
    counted.metCount += 1;
    const times = rule.times ?? (rule.probability === undefined ? 1 : 'always');
    if (counted.metCount <= (rule.skip ?? 0) || (times !== 'always' && counted.usedCount >= times)) return false;
    if (rule.probability !== undefined && this.#random() >= rule.probability) return false;
    counted.usedCount += 1;
    return true;
  }
}

function isFor(filter: CallFilter, { operation, account, region, images }: FilteredCall): boolean {
  return (
    (filter.operation === '*' || filter.operation === operation.name) &&
    (filter.service === undefined || filter.service === operation.service) &&
    (filter.account === undefined || filter.account === account) &&
    (filter.region === undefined || filter.region === region) &&
    (filter.image === undefined || images.includes(filter.image))
  );
}
