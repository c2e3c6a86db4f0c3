import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { loadKeyRing } from './key-ring.ts';
import { createPayloadCodec } from './payload-codec.ts';

/** How a process turns values into payloads: all of its clients and workers share one. */
export type PayloadConversion = Pick<DataConverter, 'payloadCodecs' | 'payloadConverterPath' | 'failureConverterPath'>;

/**
 * The conversion of a process, with the file of keys or without one. With keys the messages of failures become payloads, too, since
 * they name images and accounts. Throws as `loadKeyRing` does.
 */
export async function loadPayloadConversion(keysPath: string | null): Promise<PayloadConversion> {
  const payloadConverterPath = besideThis('payload-converter.cjs');
  if (keysPath === null) return { payloadCodecs: [createPayloadCodec(null)], payloadConverterPath };
  return {
    payloadCodecs: [createPayloadCodec(await loadKeyRing(keysPath))],
    payloadConverterPath,
    failureConverterPath: besideThis('failure-converter.cjs'),
  };
}

function besideThis(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
