import { randomUUID } from 'node:crypto';
import { imageBuilderError } from '../aws-error.ts';
import { effectOf } from '../operation.ts';
import type { Call, Operation, Outcome } from '../operation.ts';
import { optionalText } from '../parameters.ts';
import { parseImageArn } from '../world/arns.ts';
import { policyDocumentOf } from '../world/policy-document.ts';
import { putPolicy } from '../world/policy-put.ts';
import type { ImageRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** PutImagePolicy and GetImagePolicy: the owner's alone. */
export const policyOperations: readonly Operation[] = [
  {
    service: 'imagebuilder',
    name: 'PutImagePolicy',
    method: 'PUT',
    path: '/PutImagePolicy',
    isWrite: true,
    run: putImagePolicy,
  },
  {
    service: 'imagebuilder',
    name: 'GetImagePolicy',
    method: 'GET',
    path: '/GetImagePolicy',
    isWrite: false,
    run: getImagePolicy,
  },
];

function putImagePolicy(world: World, call: Call): Outcome {
  const policy = optionalText(call.parameters, 'policy');
  if (policy === undefined) throw imageBuilderError('InvalidRequestException', 'policy is required.');
  const image = ownImage(world, call);
  const effect = effectOf(putPolicy(world, image, policy));
  return { body: { requestId: randomUUID(), imageArn: image.arn }, effect };
}

function getImagePolicy(world: World, call: Call): Outcome {
  const image = ownImage(world, call);
  return { body: { requestId: randomUUID(), policy: policyDocumentOf(world, image) } };
}

function ownImage(world: World, { account, region, parameters }: Call): ImageRecord {
  const arn = optionalText(parameters, 'imageArn');
  if (arn === undefined) throw imageBuilderError('InvalidRequestException', 'imageArn is required.');
  const parts = parseImageArn(arn);
  if (parts === undefined) {
    throw imageBuilderError(
      'InvalidParameterValueException',
      'The value supplied for parameter imageArn is not valid.',
    );
  }
  if (parts.account !== account) {
    throw imageBuilderError('ForbiddenException', `You are not authorized to perform the operation on ${arn}.`);
  }
  const image = world.images.get(arn);
  if (image?.region !== region) {
    throw imageBuilderError('ResourceNotFoundException', `The resource with ARN ${arn} does not exist.`);
  }
  return image;
}
