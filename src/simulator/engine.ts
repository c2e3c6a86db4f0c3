import { setTimeout as sleep } from 'node:timers/promises';
import { callsOfAct } from './acts.ts';
import type { Act, ActCall, Intervention } from './acts.ts';
import { AwsError } from './aws-error.ts';
import { CountedRules } from './call-filter.ts';
import type { FilteredCall } from './call-filter.ts';
import type { SimulatorClock } from './clock.ts';
import { concernedImages } from './concerned-images.ts';
import { errorOfFault, isErrorFault, throttlingError } from './faults.ts';
import type { FaultAnswer, FaultRule } from './faults.ts';
import { Journal } from './journal.ts';
import type { JournalEntry } from './journal.ts';
import type { JsonObject } from './json.ts';
import type { Call, Operation, Outcome } from './operation.ts';
import { namedOperation } from './operations.ts';
import { PastAnswers } from './past-answers.ts';
import type { ReadKey } from './past-answers.ts';
import { TokenBuckets } from './rate-limits.ts';
import { seededRandom } from './random.ts';
import type { Settings } from './settings.ts';
import { noteAccess } from './world/grants.ts';
import { World } from './world/world.ts';

/** What is sent back, if anything is. */
export type Delivery =
  | { readonly kind: 'body'; readonly body: JsonObject }
  | { readonly kind: 'error'; readonly error: AwsError }
  | { readonly kind: 'html'; readonly status: number }
  | { readonly kind: 'lost' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' };

type Performed = { readonly outcome: Outcome } | { readonly error: AwsError };

/** Takes one call at a time through limits, faults and interventions to its operation, and writes it down. */
export class Engine {
  readonly faults: CountedRules<FaultRule>;
  readonly interventions: CountedRules<Intervention>;
  readonly buckets = new TokenBuckets();
  readonly journal = new Journal();
  readonly world: World;
  readonly #clock: SimulatorClock;
  readonly #pastAnswers = new PastAnswers<Delivery>();

  constructor(settings: Settings, clock: SimulatorClock, randomSeed: number) {
    const random = seededRandom(randomSeed);
    this.faults = new CountedRules(random);
    this.interventions = new CountedRules(random);
    this.#clock = clock;
    this.world = new World(settings, clock, noteAccess);
  }

  /** Serves a client's call. */
  async serve(operation: Operation, call: Call): Promise<Delivery> {
    this.world.catchUp();
    const filtered = this.#filtered(operation, call);
    const limit = this.buckets.exceeded(
      this.world.settings.rateLimits,
      { operation: operation.name, account: call.account, region: call.region },
      this.#clock.now(),
    );
    if (limit !== undefined) {
      const error = throttlingError(operation.service, limit);
      this.#note(filtered, call, 'client', { performed: { error }, fault: 'rate-limit' });
      return { kind: 'error', error };
    }
    const answer = this.faults.first(filtered)?.answer;
    if (answer === undefined) return this.#performBetweenActs(filtered, call);
    return this.#serveFault(filtered, call, answer);
  }

  /** Does what somebody else would do, and answers what came of each call. */
  act(act: Act, struckImage?: string): readonly JournalEntry[] {
    this.world.catchUp();
    return callsOfAct(this.world, act, struckImage).map((actCall) => this.#performOther(actCall));
  }

  async #serveFault(filtered: FilteredCall, call: Call, answer: FaultAnswer): Promise<Delivery> {
    const fault = answer.kind;
    if (isErrorFault(answer)) {
      const error = errorOfFault(filtered.operation.service, answer);
      this.#note(filtered, call, 'client', { performed: { error }, fault });
      return { kind: 'error', error };
    }
    switch (answer.kind) {
      case 'delay':
        await sleep(answer.durationMs);
        this.world.catchUp();
        return this.#performBetweenActs(filtered, call, fault);
      case 'stale': {
        const delivery = this.#performBetweenActs(filtered, call, fault);
        return this.#pastAnswers.oldestWithin(answer.lagMs, readOf(filtered, call), this.world.instant) ?? delivery;
      }
      case 'lose-response-after-effect':
        this.#performBetweenActs(filtered, call, fault);
        return { kind: 'lost' };
      case 'html':
        this.#note(filtered, call, 'client', { status: answer.status, fault });
        return { kind: 'html', status: answer.status };
      case 'return-value-false':
        this.#note(filtered, call, 'client', { status: 200, fault });
        return { kind: 'body', body: { returnValue: false } };
      case 'hang':
        this.#note(filtered, call, 'client', { answered: false, fault });
        return { kind: 'hang' };
      case 'reset-connection':
        this.#note(filtered, call, 'client', { answered: false, fault });
        return { kind: 'reset' };
    }
  }

  #performBetweenActs(filtered: FilteredCall, call: Call, fault?: string): Delivery {
    const [struckImage] = filtered.images;
    for (const { act } of this.interventions.all(filtered, ({ when }) => when === 'before')) this.act(act, struckImage);
    const performed = this.#perform(filtered.operation, call);
    const answered = fault !== 'lose-response-after-effect';
    this.#note(filtered, call, 'client', { performed, answered, ...(fault !== undefined && { fault }) });
    for (const { act } of this.interventions.all(filtered, ({ when }) => when === 'after')) this.act(act, struckImage);
    const delivery: Delivery =
      'error' in performed ? { kind: 'error', error: performed.error } : { kind: 'body', body: performed.outcome.body };
    this.#remember(filtered, call, delivery);
    return delivery;
  }

  /** Reads are remembered only where one may be answered by what it was: many calls are made of a simulator. */
  #remember(filtered: FilteredCall, call: Call, delivery: Delivery): void {
    if (filtered.operation.isWrite || !this.faults.some(({ answer }) => answer.kind === 'stale')) return;
    this.#pastAnswers.note(readOf(filtered, call), delivery, this.world.instant);
  }

  #performOther({ service, operation: name, account, region, parameters }: ActCall): JournalEntry {
    const operation = namedOperation(service, name);
    if (operation === undefined) throw new Error(`The operation ${service} ${name} is not simulated.`);
    const call = { account, region, accessKeyId: `OTHER${account}`, parameters };
    const filtered = this.#filtered(operation, call);
    return this.#note(filtered, call, 'other', { performed: this.#perform(operation, call) });
  }

  #perform(operation: Operation, call: Call): Performed {
    try {
      return { outcome: operation.run(this.world, call) };
    } catch (error) {
      if (error instanceof AwsError) return { error };
      throw error;
    } finally {
      // With no lag, what follows from the call has happened before it is answered.
      this.world.catchUp();
    }
  }

  #filtered(operation: Operation, call: Call): FilteredCall {
    const { account, region } = call;
    return { operation, account, region, images: concernedImages(this.world, call) };
  }

  #note(
    { operation, images }: FilteredCall,
    { account, region, accessKeyId, parameters }: Call,
    actor: 'client' | 'other',
    {
      performed,
      status,
      answered = true,
      fault,
    }: {
      readonly performed?: Performed;
      /** Where nothing was performed. */
      readonly status?: number;
      readonly answered?: boolean;
      readonly fault?: string;
    },
  ): JournalEntry {
    const { clientToken, resourceShareArn: shareArn } = parameters;
    return this.journal.add({
      at: this.world.instant,
      service: operation.service,
      operation: operation.name,
      isWrite: operation.isWrite,
      account,
      region,
      accessKeyId,
      actor,
      images,
      parameters,
      answered,
      ...(typeof shareArn === 'string' && { shareArn }),
      ...(typeof clientToken === 'string' && { clientToken }),
      ...(status !== undefined && { status }),
      ...resultOf(performed),
      ...(fault !== undefined && { fault }),
    });
  }
}

function resultOf(
  performed: Performed | undefined,
): Pick<JournalEntry, 'effect' | 'alreadyHeld' | 'status' | 'errorName'> {
  if (performed === undefined) return { effect: false, alreadyHeld: false };
  if ('error' in performed) {
    const { status, errorName, alreadyHeld } = performed.error;
    return { effect: false, alreadyHeld, status, errorName };
  }
  const { effect } = performed.outcome;
  return { effect: effect === 'changed', alreadyHeld: effect === 'already-held', status: 200 };
}

function readOf({ operation }: FilteredCall, { account, region, parameters }: Call): ReadKey {
  return { operation: operation.name, account, region, parameters };
}
