import { Client, Connection } from '@temporalio/client';
import type { PayloadConversion } from '../codec/data-converter.ts';
import { loadPayloadConversion } from '../codec/data-converter.ts';
import { connectConfig } from './connect-config.ts';
import { withTemporalErrors } from './temporal-errors.ts';

/** What may be chosen for a connection; everything else is Temporal's own environment (`TEMPORAL_ADDRESS`, …). */
export interface ConnectOptions {
  /** Where rollouts are started and workers are looked for; `policy-rollout` when absent. */
  readonly taskQueue?: string;
  /** Path of the keys that encrypt payloads, see `loadKeyRing`; what is sent is in plain text when absent. */
  readonly codecKeysPath?: string;
}

/** A connection to one namespace, through which every call of the client goes. */
export interface TemporalAccess {
  readonly client: Client;
  /** host:port */
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** How payloads are made and read; a worker of the same process has to use it, too. */
  readonly conversion: PayloadConversion;
  /**
   * Makes calls to Temporal under one deadline, 10 s unless told. Its errors are AppErrors, see {@link withTemporalErrors};
   * only errors that mean something to the caller (not found, already started) pass as they came.
   */
  readonly call: <R>(calls: () => Promise<R>, deadlineMs?: number) => Promise<R>;
}

// The SDK waits 10 s for a port where nobody listens; a person at a terminal should not.
const connectTimeoutMs = 5_000;
const callTimeoutMs = 10_000;

/**
 * Connects. Throws `temporal-unreachable`, also where Temporal's configuration cannot be read, and `file-not-found` and
 * `codec-keys-invalid` for the keys.
 */
export async function openConnection(taskQueue: string, codecKeysPath: string | null): Promise<TemporalAccess> {
  const conversion = await loadPayloadConversion(codecKeysPath);
  const { connectionOptions, namespace = 'default' } = connectConfig();
  const { address = 'localhost:7233' } = connectionOptions;
  const where = { address, namespace };
  const connection = await withTemporalErrors(where, () =>
    Connection.connect({
      address,
      connectTimeout: connectTimeoutMs,
      ...(connectionOptions.tls === undefined ? {} : { tls: connectionOptions.tls }),
      ...(connectionOptions.apiKey === undefined ? {} : { apiKey: connectionOptions.apiKey }),
      ...(connectionOptions.metadata === undefined ? {} : { metadata: connectionOptions.metadata }),
    }),
  );
  return {
    client: new Client({ connection, namespace, dataConverter: conversion }),
    ...where,
    taskQueue,
    conversion,
    call: (calls, deadlineMs = callTimeoutMs) =>
      withTemporalErrors(where, () => connection.withDeadline(Date.now() + deadlineMs, calls)),
  };
}
