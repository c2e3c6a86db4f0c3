import { ramError } from '../aws-error.ts';
import { canonicalJson } from '../json.ts';
import type { Call, Operation, Outcome } from '../operation.ts';
import type { Pages } from '../paging.ts';
import { optionalText } from '../parameters.ts';
import { isArnOf } from '../world/arns.ts';
import type { ImageRecord, PermissionRecord, ShareRecord, Territory } from '../world/records.ts';
import { findPermission } from '../world/permissions.ts';
import type { World } from '../world/world.ts';

export const ramPages: Pages = {
  defaultSize: 500,
  maxSize: 500,
  invalidSize: (message) => ramError('InvalidParameterException', message),
  invalidToken: (message) => ramError('InvalidNextTokenException', message),
};

/** An operation of RAM that reads, at the path that its name gives it. */
export function ramRead(name: string, run: Operation['run']): Operation {
  return { service: 'ram', name, method: 'POST', path: `/${name.toLowerCase()}`, isWrite: false, run };
}

/** An operation of RAM that writes. Where it takes a client token, a repeat gets the first answer and has no effect. */
export function ramWrite(
  name: string,
  run: Operation['run'],
  { method = 'POST', takesToken = true }: { readonly method?: string; readonly takesToken?: boolean } = {},
): Operation {
  const path = `/${name.toLowerCase()}`;
  return { service: 'ram', name, method, path, isWrite: true, run: takesToken ? withClientToken(name, run) : run };
}

function withClientToken(name: string, run: Operation['run']): Operation['run'] {
  return (world: World, call: Call): Outcome => {
    const token = optionalText(call.parameters, 'clientToken');
    if (token === undefined) return run(world, call);
    if (token === '' || token.length > 64)
      throw ramError('InvalidClientTokenException', 'The client token is not valid.');
    const { answersByToken } = territoryOf(world, call);
    const key = `${name} ${token}`;
    const parameters = canonicalJson(call.parameters);
    const known = answersByToken.get(key);
    if (known === undefined) {
      const outcome = run(world, call);
      const body = { ...outcome.body, clientToken: token };
      answersByToken.set(key, { parameters, body });
      return { ...outcome, body };
    }
    if (known.parameters !== parameters) {
      const message = 'The client token was used with other parameters.';
      throw ramError('IdempotentParameterMismatchException', message);
    }
    return { body: known.body, effect: 'already-held' };
  };
}

export function territoryOf(world: World, { account, region }: Call): Territory {
  return world.territory(account, region);
}

/** A text that the operation cannot do without. */
export function requiredText({ parameters }: Call, name: string): string {
  const text = optionalText(parameters, name);
  if (text === undefined || text === '') throw ramError('MissingRequiredParameterException', `${name} is required.`);
  return text;
}

/** SELF or OTHER-ACCOUNTS. */
export function resourceOwner(call: Call): 'SELF' | 'OTHER-ACCOUNTS' {
  const owner = requiredText(call, 'resourceOwner');
  if (owner !== 'SELF' && owner !== 'OTHER-ACCOUNTS') {
    throw ramError('InvalidParameterException', 'resourceOwner must be SELF or OTHER-ACCOUNTS.');
  }
  return owner;
}

/** A share of the caller's, as the call names it; deleted ones for as long as they linger. */
export function ownShare(world: World, call: Call, arn: string): ShareRecord {
  if (!isArnOf('ram', arn) || !arn.includes(':resource-share/')) {
    throw ramError('MalformedArnException', `The resource share ARN ${arn} is not valid.`);
  }
  const share = world.shares.get(arn);
  if (share?.owner !== call.account || share.region !== call.region || !isListed(world, share)) {
    throw ramError('UnknownResourceException', `ResourceShare ${arn} could not be found.`);
  }
  return share;
}

/** An image of the caller's, as the call names it. */
export function ownImage(world: World, call: Call, arn: string): ImageRecord {
  requireResourceArn(arn);
  const image = world.images.get(arn);
  if (image?.region !== call.region) throw ramError('UnknownResourceException', `Resource ${arn} could not be found.`);
  if (image.account !== call.account) {
    throw ramError('OperationNotPermittedException', `You cannot share ${arn}, because you do not own it.`);
  }
  return image;
}

export function requireResourceArn(arn: string): void {
  if (!isArnOf('imagebuilder', arn)) throw ramError('MalformedArnException', `The resource ARN ${arn} is not valid.`);
}

/** A permission that the caller can use, as the call names it. */
export function knownPermission(world: World, call: Call, arn: string): PermissionRecord {
  if (!isArnOf('ram', arn) || !arn.includes(':permission/')) {
    throw ramError('MalformedArnException', `The permission ARN ${arn} is not valid.`);
  }
  const permission = findPermission(territoryOf(world, call), arn);
  if (permission === undefined) throw ramError('UnknownResourceException', `Permission ${arn} could not be found.`);
  return permission;
}

/** Whether what has ended is still listed: RAM shows it for a while. */
export function isListed(
  world: World,
  { status, updatedAt }: { readonly status: string; readonly updatedAt: number },
): boolean {
  const hasEnded = status === 'DELETED' || status === 'DISASSOCIATED';
  return !hasEnded || world.instant - updatedAt <= world.settings.lingerMs;
}
