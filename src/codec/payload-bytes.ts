import type { Payload } from '@temporalio/common';
import protobuf from 'protobufjs';

// `temporal.api.common.v1.Payload`, so that any other implementation of Temporal's sample codec can read it.
const payloadType = new protobuf.Type('Payload')
  .add(new protobuf.MapField('metadata', 1, 'string', 'bytes'))
  .add(new protobuf.Field('data', 2, 'bytes'));

/** A payload as the bytes of its protobuf message; {@link fromBytes} is the inverse. */
export function toBytes({ metadata, data }: Payload): Uint8Array {
  return payloadType.encode({ metadata: metadata ?? {}, data: data ?? new Uint8Array() }).finish();
}

/** Reads a payload from the bytes of its protobuf message. */
export function fromBytes(bytes: Uint8Array): Payload {
  const fields: Readonly<Record<string, unknown>> = payloadType.toObject(payloadType.decode(bytes), { defaults: true });
  const { metadata, data } = fields;
  return { metadata: isBytesByName(metadata) ? metadata : {}, data: data instanceof Uint8Array ? data : null };
}

function isBytesByName(value: unknown): value is Record<string, Uint8Array> {
  return (
    typeof value === 'object' && value !== null && Object.values(value).every((bytes) => bytes instanceof Uint8Array)
  );
}
