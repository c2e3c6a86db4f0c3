import { randomUUID } from 'node:crypto';
import { imageBuilderError } from '../aws-error.ts';
import type { AwsError } from '../aws-error.ts';
import type { JsonObject } from '../json.ts';
import type { Call, Operation, Outcome } from '../operation.ts';
import { pageOf } from '../paging.ts';
import type { Pages } from '../paging.ts';
import { objects, optionalText, texts } from '../parameters.ts';
import { everybody } from '../world/audience.ts';
import { canSee, hasAccess } from '../world/grants.ts';
import { parseImageArn } from '../world/arns.ts';
import type { ImageRecord } from '../world/records.ts';
import { sharesCovering } from '../world/shares.ts';
import type { World } from '../world/world.ts';

const pages: Pages = {
  defaultSize: 25,
  maxSize: 100,
  invalidSize: (message) => imageBuilderError('InvalidRequestException', message),
  invalidToken: (message) => imageBuilderError('InvalidPaginationTokenException', message),
};

/** What an account can learn of images: its own, and those that are shared with it. */
export const imageOperations: readonly Operation[] = [
  { service: 'imagebuilder', name: 'GetImage', method: 'GET', path: '/GetImage', isWrite: false, run: getImage },
  { service: 'imagebuilder', name: 'ListImages', method: 'POST', path: '/ListImages', isWrite: false, run: listImages },
  {
    service: 'imagebuilder',
    name: 'ListImageBuildVersions',
    method: 'POST',
    path: '/ListImageBuildVersions',
    isWrite: false,
    run: listImageBuildVersions,
  },
  {
    service: 'imagebuilder',
    name: 'DeleteImage',
    method: 'DELETE',
    path: '/DeleteImage',
    isWrite: true,
    run: deleteImage,
  },
];

function getImage(world: World, call: Call): Outcome {
  const arn = requiredArn(call, 'imageBuildVersionArn');
  const image = world.images.get(arn) ?? newestOf(world, call, arn);
  if (image?.region !== call.region || !hasAccess(world, image, call.account)) throw hiddenImage(world, arn);
  const body = {
    requestId: randomUUID(),
    image: { ...detailOf(image), ...distributionOf(image) },
    latestVersionReferences: latestReferences(image),
  };
  return { body };
}

function listImages(world: World, call: Call): Outcome {
  const owner = optionalText(call.parameters, 'owner') ?? 'Self';
  const listed = owner === 'Self' ? ownVersions(world, call) : owner === 'Shared' ? sharedVersions(world, call) : [];
  const items = call.parameters['filters'] === undefined ? listed : listed.filter((image) => matches(call, image));
  return pageOf(world, call, { pages, key: 'imageVersionList', items, render: versionOf });
}

function listImageBuildVersions(world: World, call: Call): Outcome {
  const versionArn = requiredArn(call, 'imageVersionArn');
  const account = versionArn.split(':')[4] ?? '';
  const builds = world.territory(account, call.region).imagesByVersion.get(versionArn) ?? [];
  const items = [...builds]
    .filter((image) => image.account === call.account || canSee(world, image, call.account))
    .filter((image) => matches(call, image))
    .sort(byBuild);
  return pageOf(world, call, { pages, key: 'imageSummaryList', items, render: summaryOf });
}

function deleteImage(world: World, call: Call): Outcome {
  const arn = requiredArn(call, 'imageBuildVersionArn');
  const image = world.images.get(arn);
  if (image?.region !== call.region || image.account !== call.account) throw hiddenImage(world, arn);
  if (sharesCovering(image).length > 0) {
    throw imageBuilderError('ResourceDependencyException', `The image ${arn} is shared; unshare it first.`);
  }
  world.removeImage(image);
  return { body: { requestId: randomUUID(), imageBuildVersionArn: arn }, effect: 'changed' };
}

function requiredArn({ parameters }: Call, name: string): string {
  const arn = optionalText(parameters, name);
  if (arn === undefined) throw imageBuilderError('InvalidRequestException', `${name} is required.`);
  if (!/^arn:aws[^:]*:imagebuilder:[^:]+:[^:]+:image\/[a-z0-9-_]+\/[0-9x.]+(\/[0-9]+)?$/.test(arn)) {
    throw imageBuilderError('InvalidRequestException', `The value supplied for parameter ${name} is not valid.`);
  }
  return arn;
}

function hiddenImage(world: World, arn: string): AwsError {
  const message = `The image ${arn} is not accessible.`;
  switch (world.behaviour.hiddenImage) {
    case 'Forbidden403':
      return imageBuilderError('ForbiddenException', message);
    case 'Client400':
      return imageBuilderError('ClientException', message);
    case 'InvalidRequest400':
      return imageBuilderError('InvalidRequestException', message);
  }
}

/** The newest build of a version ARN; an `x` in the version stands for its highest number. */
function newestOf(world: World, call: Call, arn: string): ImageRecord | undefined {
  if (parseImageArn(arn) !== undefined) return undefined;
  const pattern = new RegExp(
    `^${arn.replaceAll('.', '\\.').replace(/[0-9x\\.]+$/, (part) => part.replaceAll('x', '[0-9]+'))}$`,
  );
  const territory = world.territory(arn.split(':')[4] ?? '', call.region);
  const versions = arn.includes('x', arn.lastIndexOf('/'))
    ? [...territory.imagesByVersion]
        .filter(([versionArn]) => pattern.test(versionArn))
        .flatMap(([, builds]) => [...builds])
    : [...(territory.imagesByVersion.get(arn) ?? [])];
  return versions
    .filter((image) => hasAccess(world, image, call.account))
    .sort(byVersion)
    .at(-1);
}

/** One build of each version that the account owns. */
function ownVersions(world: World, { account, region }: Call): readonly ImageRecord[] {
  return [...world.territory(account, region).imagesByVersion.values()].flatMap(([first]) => first ?? []);
}

/** One build of each version that is shared with the account. */
function sharedVersions(world: World, { account, region }: Call): readonly ImageRecord[] {
  const versions = new Map<string, ImageRecord>();
  for (const audience of [account, everybody]) {
    for (const share of world.sharesForAudience(audience, region)) {
      for (const arn of share.resources.keys()) {
        const image = world.images.get(arn);
        if (image === undefined || image.account === account || !canSee(world, image, account)) continue;
        versions.set(image.versionArn, image);
      }
    }
  }
  return [...versions.values()];
}

function matches({ parameters }: Call, image: ImageRecord): boolean {
  return objects(parameters, 'filters').every((filter) => {
    const values = texts(filter, 'values');
    if (filter['name'] === 'name') return values.includes(image.name);
    if (filter['name'] === 'version') return values.includes(image.version);
    return true;
  });
}

function detailOf(image: ImageRecord): JsonObject {
  return { ...commonOf(image), version: `${image.version}/${image.build}`, state: { status: image.status } };
}

/** The distribution with which the image was built, where it was seeded with one. */
function distributionOf({ launchPermission, partition, region, account, name }: ImageRecord): JsonObject {
  if (launchPermission === undefined) return {};
  const distributions = [{ region, amiDistributionConfiguration: { launchPermission } }];
  const arn = `arn:${partition}:imagebuilder:${region}:${account}:distribution-configuration/${name}`;
  return { distributionConfiguration: { arn, name, distributions, timeoutMinutes: 720 } };
}

function summaryOf(image: ImageRecord): JsonObject {
  return { ...detailOf(image), owner: image.account };
}

function versionOf(image: ImageRecord): JsonObject {
  const { arn, name, type, platform, dateCreated } = { ...commonOf(image), arn: image.versionArn };
  return { arn, name, type, version: image.version, platform, owner: image.account, dateCreated };
}

function commonOf(image: ImageRecord) {
  return {
    arn: image.arn,
    type: 'AMI',
    name: image.name,
    platform: 'Linux',
    dateCreated: image.dateCreated,
    tags: Object.fromEntries(image.tags),
  };
}

function latestReferences({ versionArn, version }: ImageRecord): JsonObject {
  const [major = '', minor = ''] = version.split('.');
  const base = versionArn.slice(0, -version.length);
  return {
    latestVersionArn: `${base}x.x.x`,
    latestMajorVersionArn: `${base}${major}.x.x`,
    latestMinorVersionArn: `${base}${major}.${minor}.x`,
    latestPatchVersionArn: versionArn,
  };
}

function byBuild(left: ImageRecord, right: ImageRecord): number {
  return Number(left.build) - Number(right.build);
}

function byVersion(left: ImageRecord, right: ImageRecord): number {
  const [leftNumbers, rightNumbers] = [left.version.split('.'), right.version.split('.')];
  for (const index of [0, 1, 2]) {
    const difference = Number(leftNumbers[index]) - Number(rightNumbers[index]);
    if (difference !== 0) return difference;
  }
  return byBuild(left, right);
}
