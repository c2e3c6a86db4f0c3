// Loaded by path, by workers, clients and the workflow bundle, so it is CommonJS.
const { DefaultFailureConverter } = require('@temporalio/common');

// Message and stack of a failure become a payload, which the codec encrypts.
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
