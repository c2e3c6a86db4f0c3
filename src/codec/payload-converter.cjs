// Loaded by path, by workers, clients and the workflow bundle, so it is CommonJS.
const { defaultPayloadConverter } = require('@temporalio/common');

/** @typedef {import('@temporalio/common').PayloadConverter} PayloadConverter */

// A signal in an encoding that nobody knows, sent by hand, would fail the task of its workflow for ever, and nobody could
// read its history any more. What stands for it here has no shape that a workflow takes.
exports.payloadConverter = {
  /** @param {Parameters<PayloadConverter['toPayload']>} args */
  toPayload: (...args) => defaultPayloadConverter.toPayload(...args),
  /** @param {Parameters<PayloadConverter['fromPayload']>} args */
  fromPayload: (...args) => {
    try {
      return defaultPayloadConverter.fromPayload(...args);
    } catch (error) {
      return { unreadable: error instanceof Error ? error.message : String(error) };
    }
  },
};
