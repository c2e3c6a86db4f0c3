import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** On every workflow of a rollout. */
export const rolloutNameAttribute = defineSearchAttributeKey('RolloutName', SearchAttributeType.KEYWORD);
/** On batches and on the images that they start. */
export const rolloutWaveAttribute = defineSearchAttributeKey('RolloutWave', SearchAttributeType.KEYWORD);
/** On image workflows. */
export const imageArnAttribute = defineSearchAttributeKey('ImageArn', SearchAttributeType.KEYWORD);
/** On image workflows, set when they end. */
export const imageStateAttribute = defineSearchAttributeKey('ImageState', SearchAttributeType.KEYWORD);
/** On image workflows that did not succeed, set when they end. */
export const failureCodeAttribute = defineSearchAttributeKey('FailureCode', SearchAttributeType.KEYWORD);

/** All attributes that a namespace must have; all are Keyword. They take 5 of the 10 slots of SQL visibility. */
export const searchAttributes = [
  rolloutNameAttribute,
  rolloutWaveAttribute,
  imageArnAttribute,
  imageStateAttribute,
  failureCodeAttribute,
];
