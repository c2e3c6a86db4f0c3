import { ramError } from '../aws-error.ts';
import { effectOf } from '../operation.ts';
import type { Call, Operation, Outcome } from '../operation.ts';
import { objects, optionalText, texts } from '../parameters.ts';
import type { World } from '../world/world.ts';
import { knownPermission, ownShare, ramWrite } from './requests.ts';

/** The tags of shares and of customer managed permissions. */
export const ramTagOperations: readonly Operation[] = [
  ramWrite('TagResource', tagResource, { takesToken: false }),
  ramWrite('UntagResource', untagResource, { takesToken: false }),
];

function tagResource(world: World, call: Call): Outcome {
  const tags = taggedTags(world, call);
  const given = objects(call.parameters, 'tags').map(
    (tag) => [optionalText(tag, 'key') ?? '', optionalText(tag, 'value') ?? ''] as const,
  );
  const alreadyHeld = given.every(([key, value]) => tags.get(key) === value);
  for (const [key, value] of given) tags.set(key, value);
  return { body: {}, effect: effectOf({ alreadyHeld }) };
}

function untagResource(world: World, call: Call): Outcome {
  const tags = taggedTags(world, call);
  const removed = texts(call.parameters, 'tagKeys').filter((key) => tags.delete(key));
  return { body: {}, effect: effectOf({ alreadyHeld: removed.length === 0 }) };
}

function taggedTags(world: World, call: Call): Map<string, string> {
  const shareArn = optionalText(call.parameters, 'resourceShareArn');
  if (shareArn !== undefined) return ownShare(world, call, shareArn).tags;
  const permissionArn = optionalText(call.parameters, 'resourceArn');
  if (permissionArn !== undefined) return knownPermission(world, call, permissionArn).tags;
  throw ramError('InvalidParameterException', 'Give resourceShareArn or resourceArn.');
}
