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
  const roleArn = optionalText(parameters, 'RoleArn') ?? '';
  const sessionName = optionalText(parameters, 'RoleSessionName') ?? '';
  const [, partition = '', account = '', roleName = ''] =
    /^arn:(aws[^:]*):iam::([0-9]{12}):role\/(?:.*\/)?([\w+=,.@-]+)$/.exec(roleArn) ?? [];
  if (account === '') throw new AwsError(400, 'ValidationError', `${roleArn} is invalid`);
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) throw new AwsError(400, 'ValidationError', 'RoleSessionName is invalid');
  const seconds = Number(optionalText(parameters, 'DurationSeconds') ?? 3600);
  if (!(seconds >= 900 && seconds <= longestSessionSeconds)) {
    throw new AwsError(400, 'ValidationError', 'DurationSeconds is invalid');
  }
  const rule = world.settings.roles.find(({ arn }) => arn === roleArn);
  const isDenied = rule?.isDenied === true;
  if (isDenied || (rule?.externalId !== undefined && rule.externalId !== optionalText(parameters, 'ExternalId'))) {
    throw new AwsError(
      403,
      'AccessDenied',
      `The caller is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    );
  }
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

function getCallerIdentity(_world: World, { account, region, accessKeyId }: Call): Outcome {
  const kind = accessKeyId.startsWith('ASIA') ? 'assumed-role/simulated/session' : 'user/simulated';
  const service = accessKeyId.startsWith('ASIA') ? 'sts' : 'iam';
  const Arn = `arn:${partitionOf(region)}:${service}::${account}:${kind}`;
  return { body: { UserId: accessKeyId, Account: account, Arn } };
}
