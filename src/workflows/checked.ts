import type { SignalDefinition } from '@temporalio/workflow';
import { ApplicationFailure, log, setHandler, workflowInfo } from '@temporalio/workflow';
import type { ErrorCode } from '../domain/errors.ts';
import type { Shape } from '../domain/shape.ts';

// Whatever else a handler or a workflow throws fails the workflow task, which Temporal repeats for ever. So what comes from
// outside is looked at before anything is done with it.

/** Throws `start-invalid`, which ends the workflow, where an input is not of its shape, or the id is not the input's own. */
export function requireInput(input: unknown, shape: Shape, idOf?: () => string): void {
  const { workflowType, workflowId } = workflowInfo();
  const problem = shape(input, '');
  if (problem !== null) throw refusal('start-invalid', `${workflowType} cannot take its input: ${problem}`);
  const id = idOf?.() ?? workflowId;
  if (id !== workflowId)
    throw refusal('start-invalid', `The workflow id must be ${id}, which keeps others from the same`);
}

/** A failure that refuses a message, or ends a workflow. */
export function refusal(type: ErrorCode, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}

/** Options of an update: refuses arguments that are not of their shapes with `message-invalid`, then asks the others. */
export function taking<Arguments extends unknown[]>(
  shapes: { readonly [Index in keyof Arguments]: Shape },
  ...others: readonly ((...args: Arguments) => void)[]
): { readonly validator: (...args: Arguments) => void } {
  // A validator is synchronous: the SDK would take a promise for a yes.
  return {
    validator: (...args) => {
      for (const [index, shape] of shapes.entries()) {
        const problem = shape(args[index], '');
        if (problem !== null) throw refusal('message-invalid', `Argument ${index + 1} is refused: ${problem}`);
      }
      for (const validate of others) validate(...args);
    },
  };
}

/** Handles a signal; one that is not of its shape is passed over, since nobody waits for an answer. */
export function listenTo<Message>(
  signal: SignalDefinition<[Message]>,
  shape: Shape,
  handle: (message: Message) => void,
): void {
  setHandler(signal, (message) => {
    const problem = shape(message, '');
    if (problem === null) handle(message);
    else log.warn('A signal was passed over', { signal: signal.name, problem });
  });
}
