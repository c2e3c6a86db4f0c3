import type { ImageSummary, ImageVersion } from '@aws-sdk/client-imagebuilder';
import { ListImageBuildVersionsCommand, ListImagesCommand } from '@aws-sdk/client-imagebuilder';
import type { ImageArn } from '../domain/arn.ts';
import { isImageArn } from '../domain/arn.ts';
import type { ListedBuild } from '../domain/selection.ts';
import { groupedBy } from './grouped.ts';
import { mapInLanes } from '../domain/lanes.ts';
import { allPages } from './paginate.ts';
import type { Target } from './request.ts';
import { readImageBuilder } from './request.ts';

// Lists of one account and Region that are read at the same time.
const laneCount = 8;

/** Versions (`x.y.z`) of the images that an account owns, by name; those of one name alone where it is given. */
export async function listVersions(
  target: Target,
  name: string | null,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { account, region } = target.access;
  const filters = name === null ? {} : { filters: [{ name: 'name', values: [name] }] };
  const listed = await allPages<ImageVersion>((nextToken) =>
    readImageBuilder(target, {
      operation: 'ListImages',
      item: `images of ${account} in ${region}`,
      send: async (client) => {
        const command = new ListImagesCommand({ owner: 'Self', ...filters, ...withToken(nextToken) });
        const answer = await client.send(command);
        return { items: answer.imageVersionList, nextToken: answer.nextToken };
      },
    }),
  );
  const own = listed.flatMap(({ arn = '' }) => {
    const [, owner = '', found = '', version = ''] = versionArnPattern.exec(arn) ?? [];
    return owner === account ? [{ name: found, version }] : [];
  });
  return new Map(
    [...groupedBy(own, (one) => one.name)].map(([key, versions]) => [
      key,
      [...new Set(versions.map(({ version }) => version))],
    ]),
  );
}

/** The builds of one version of an image. */
export async function listBuilds(target: Target, name: string, version: string): Promise<readonly ListedBuild[]> {
  const { account, region, partition } = target.access;
  return listBuildsOf(target, `arn:${partition}:imagebuilder:${region}:${account}:image/${name}/${version}`);
}

/** The tags of images of one account and Region, by ARN; images that AWS does not list are left out. */
export async function listTags(
  target: Target,
  images: readonly ImageArn[],
): Promise<ReadonlyMap<ImageArn, Readonly<Record<string, string>>>> {
  const versionArns = [...new Set(images.map((image) => image.slice(0, image.lastIndexOf('/'))))];
  const builds = await mapInLanes(versionArns, laneCount, (versionArn) => listBuildsOf(target, versionArn));
  const wanted = new Set(images);
  return new Map(
    builds
      .flat()
      .filter(({ image }) => wanted.has(image))
      .map(({ image, tags }) => [image, tags]),
  );
}

const versionArnPattern = /^arn:aws[^:]*:imagebuilder:[^:]+:([0-9]{12}):image\/([a-z0-9-_]+)\/([0-9]+\.[0-9]+\.[0-9]+)/;

async function listBuildsOf(target: Target, imageVersionArn: string): Promise<readonly ListedBuild[]> {
  const summaries = await allPages<ImageSummary>((nextToken) =>
    readImageBuilder(target, {
      operation: 'ListImageBuildVersions',
      item: imageVersionArn,
      send: async (client) => {
        const command = new ListImageBuildVersionsCommand({ imageVersionArn, ...withToken(nextToken) });
        const answer = await client.send(command);
        return { items: answer.imageSummaryList, nextToken: answer.nextToken };
      },
    }),
  );
  return summaries.flatMap(({ arn = '', state, dateCreated = '', tags = {} }) => {
    const createdAtMs = Date.parse(dateCreated);
    return isImageArn(arn)
      ? [{ image: arn, status: state?.status ?? '', createdAtMs: Number.isNaN(createdAtMs) ? null : createdAtMs, tags }]
      : [];
  });
}

function withToken(nextToken: string | undefined): { readonly nextToken?: string } {
  return nextToken === undefined ? {} : { nextToken };
}
