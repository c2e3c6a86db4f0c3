import { EventEmitter, once } from 'node:events';
import type { PayloadCodec } from '@temporalio/common';

/** What a worker has to say, which Temporal has not heard yet. */
export interface HeldWord {
  /** Ends when the worker has come to say it. */
  readonly isReady: Promise<unknown>;
  /** Lets Temporal hear it. */
  readonly release: () => void;
}

/** A codec of a worker that changes no payload, and can hold one back: so a test is sure of what comes before it. */
export interface HoldingCodec extends PayloadCodec {
  /** Holds the first answer back that this text stands in. */
  readonly hold: (text: string) => HeldWord;
}

/** A codec that holds nothing yet. */
export function aHoldingCodec(): HoldingCodec {
  const texts = new Set<string>();
  const events = new EventEmitter();
  return {
    encode: async (payloads) => {
      const said = payloads.map(({ data }) => Buffer.from(data ?? []).toString()).join('\n');
      const text = [...texts].find((held) => said.includes(held));
      if (text === undefined) return payloads;
      texts.delete(text);
      const released = once(events, `release ${text}`);
      events.emit(`ready ${text}`);
      await released;
      return payloads;
    },
    decode: (payloads) => Promise.resolve(payloads),
    hold: (text) => {
      texts.add(text);
      return { isReady: once(events, `ready ${text}`), release: () => void events.emit(`release ${text}`) };
    },
  };
}
