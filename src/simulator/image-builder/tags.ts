import { imageBuilderError } from '../aws-error.ts';
import { isJsonObject } from '../json.ts';
import { effectOf } from '../operation.ts';
import type { Call, Operation, Outcome } from '../operation.ts';
import { optionalText, texts } from '../parameters.ts';
import type { ImageRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';

const path = '/tags/{resourceArn}';

/** The tags of images. */
export const imageTagOperations: readonly Operation[] = [
  { service: 'imagebuilder', name: 'TagResource', method: 'POST', path, isWrite: true, run: tagResource },
  { service: 'imagebuilder', name: 'UntagResource', method: 'DELETE', path, isWrite: true, run: untagResource },
  { service: 'imagebuilder', name: 'ListTagsForResource', method: 'GET', path, isWrite: false, run: listTags },
];

function tagResource(world: World, call: Call): Outcome {
  const image = taggedImage(world, call);
  const given = call.parameters['tags'];
  if (!isJsonObject(given)) throw imageBuilderError('InvalidParameterException', 'tags is required.');
  const tags = Object.entries(given).filter((tag): tag is [string, string] => typeof tag[1] === 'string');
  const alreadyHeld = tags.every(([key, value]) => image.tags.get(key) === value);
  for (const [key, value] of tags) image.tags.set(key, value);
  return { body: {}, effect: effectOf({ alreadyHeld }) };
}

function untagResource(world: World, call: Call): Outcome {
  const image = taggedImage(world, call);
  const removed = texts(call.parameters, 'tagKeys').filter((key) => image.tags.delete(key));
  return { body: {}, effect: effectOf({ alreadyHeld: removed.length === 0 }) };
}

function listTags(world: World, call: Call): Outcome {
  return { body: { tags: Object.fromEntries(taggedImage(world, call).tags) } };
}

function taggedImage(world: World, { account, region, parameters }: Call): ImageRecord {
  const arn = optionalText(parameters, 'resourceArn') ?? '';
  const image = world.images.get(arn);
  if (image?.account !== account || image.region !== region) {
    throw imageBuilderError('ResourceNotFoundException', `The resource with ARN ${arn} does not exist.`);
  }
  return image;
}
