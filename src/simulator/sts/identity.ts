import { randomBytes } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import type { JsonObject } from '../json.ts';
import type { Call, Operation, Outcome } from '../operation.ts';
import { optionalText } from '../parameters.ts';
import { partitionOf } from '../world/arns.ts';
import type { World } from '../world/world.ts';

/** AssumeRole and GetCallerIdentity. STS has one path; the operation stands in the form. */
export const identityOperations: readonly Operation[] = [
  { service: 'sts', name: 'AssumeRole', method: 'POST', path: '/', isWrite: false, run: assumeRole },
  { service: 'sts', name: 'GetCallerIdentity', method: 'POST', path: '/', isWrite: false, run: getCallerIdentity },
];

const longestSessionSeconds = 43_200;

function assumeRole(world: World, { parameters }: Call): Outcome {
  const request = readRequest(parameters);
  requireTrust(world, request);
  const { partition, account, roleName, sessionName, seconds } = request;
  const body: JsonObject = {
    Credentials: {
      AccessKeyId: `ASIA${account}${randomBytes(4).toString('hex').toUpperCase()}`,
      SecretAccessKey: randomBytes(20).toString('hex'),
      SessionToken: `session-${roleName}-${sessionName}`,
      Expiration: new Date(world.instant + seconds * 1000).toISOString(),
    },
    AssumedRoleUser: {
      AssumedRoleId: `AROASIMULATED:${sessionName}`,
      Arn: `arn:${partition}:sts::${account}:assumed-role/${roleName}/${sessionName}`,
    },
  };
  return { body };
}

type RoleRequest = ReturnType<typeof readRequest>;

function readRequest(parameters: JsonObject) {
  const roleArn = optionalText(parameters, 'RoleArn') ?? '';
  const sessionName = optionalText(parameters, 'RoleSessionName') ?? '';
  const externalId = optionalText(parameters, 'ExternalId');
  const seconds = Number(optionalText(parameters, 'DurationSeconds') ?? 3600);
  const [, partition = '', account = '', roleName = ''] =
    /^arn:(aws[^:]*):iam::([0-9]{12}):role\/(?:.*\/)?([\w+=,.@-]+)$/.exec(roleArn) ?? [];
  if (account === '') throw invalid(`${roleArn} is invalid`);
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) throw invalid('RoleSessionName is invalid');
  if (externalId !== undefined && !/^[\w+=,.@:/-]{2,1224}$/.test(externalId)) throw invalid('ExternalId is invalid');
  if (!(seconds >= 900 && seconds <= longestSessionSeconds)) throw invalid('DurationSeconds is invalid');
  return { roleArn, partition, account, roleName, sessionName, externalId, seconds };
}

function requireTrust(world: World, { roleArn, externalId }: RoleRequest): void {
  const rule = world.settings.roles.find(({ arn }) => arn === roleArn);
  if (rule === undefined) return;
  if (rule.isDenied === true || (rule.externalId !== undefined && rule.externalId !== externalId)) {
    const message = `The caller is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
    throw new AwsError(403, 'AccessDenied', message);
  }
}

function invalid(message: string): AwsError {
  return new AwsError(400, 'ValidationError', message);
}

function getCallerIdentity(_world: World, { account, region, accessKeyId }: Call): Outcome {
  const kind = accessKeyId.startsWith('ASIA') ? 'assumed-role/simulated/session' : 'user/simulated';
  const service = accessKeyId.startsWith('ASIA') ? 'sts' : 'iam';
  const Arn = `arn:${partitionOf(region)}:${service}::${account}:${kind}`;
  return { body: { UserId: accessKeyId, Account: account, Arn } };
}
