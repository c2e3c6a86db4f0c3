import { AsyncLocalStorage } from 'node:async_hooks';
import { NodeHttpHandler } from '@smithy/node-http-handler';

const signals = new AsyncLocalStorage<AbortSignal>();

/** Sends something over a {@link SignalledHandler} so that it ends when the signal says so. */
export function endingWith<Output>(signal: AbortSignal, send: () => Promise<Output>): Promise<Output> {
  return signals.run(signal, send);
}

/**
 * Sends requests for all clients, each with the signal of its caller.
 *
 * A client that is given the signal with a command puts its middleware together for this one call alone, and forgets what
 * it had put together for others.
 */
export class SignalledHandler extends NodeHttpHandler {
  override handle(...[request, options]: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    const abortSignal = signals.getStore();
    return super.handle(request, abortSignal === undefined ? options : { ...options, abortSignal });
  }
}
