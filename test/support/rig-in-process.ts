import { Client, Connection } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import type { WorkflowBundleOption } from '@temporalio/worker';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { createAwsClients } from '../../src/aws/clients.ts';
import { temporalSources } from '../../src/client/temporal-sources.ts';
import { loadPayloadConversion } from '../../src/codec/data-converter.ts';
import { createWorker } from '../../src/worker.ts';
import { buildForTests, builtWorkflows } from './built-cli.ts';

/** How a worker in this process is made. */
export interface InProcessOptions {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** By which the pauses before repeats are multiplied. */
  readonly delayFactor: number;
  readonly requestTimeoutMs: number;
  /** How long looks at images wait for each other. */
  readonly gatherMs: number;
  /** None where this is absent. */
  readonly limits?: NonNullable<Dependencies['limits']>;
  /** The built one where this is absent. */
  readonly workflowBundle?: WorkflowBundleOption;
  /** Sees all that the worker says, before the product's own codec. */
  readonly codec?: PayloadCodec;
}

/** A worker in this process, and Temporal's own client beside it. */
export interface InProcessWorker {
  readonly temporal: Client;
  /** Drains the worker. */
  readonly stop: () => Promise<void>;
}

/** Starts a worker in this process, whose pauses are short. It finds AWS by the environment of this process. */
export async function startInProcessWorker(options: InProcessOptions): Promise<InProcessWorker> {
  const { address, namespace, taskQueue, delayFactor, requestTimeoutMs, gatherMs, limits, workflowBundle, codec } =
    options;
  const connection = await NativeConnection.connect({ address });
  const clientConnection = await Connection.connect({ address });
  const conversion = await loadPayloadConversion(null);
  const temporal = new Client({ connection: clientConnection, namespace, dataConverter: conversion });
  const clients = createAwsClients({ requestTimeoutMs, connectionTimeoutMs: requestTimeoutMs, gatherMs });
  const worker = await createWorker({
    connection,
    namespace,
    taskQueue,
    conversion: codec === undefined ? conversion : { payloadCodecs: [codec, ...(conversion.payloadCodecs ?? [])] },
    dependencies: {
      clients,
      ...temporalSources(temporal, taskQueue),
      limits: limits ?? null,
      now: Date.now,
      random: Math.random,
      delayFactor,
    },
    workflowBundle: workflowBundle ?? (await builtBundle()),
  });
  const running = worker.run();
  return {
    temporal,
    stop: async () => {
      worker.shutdown();
      await running;
      clients.destroy();
      await Promise.all([connection.close(), clientConnection.close()]);
    },
  };
}

async function builtBundle(): Promise<WorkflowBundleOption> {
  await buildForTests();
  return { codePath: builtWorkflows };
}
