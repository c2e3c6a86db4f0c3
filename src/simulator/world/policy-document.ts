import { groupedBy } from '../grouped-by.ts';
import type { JsonObject } from '../json.ts';
import { accountOf } from './audience.ts';
import { isAccountId } from './arns.ts';
import { grantsKey, policyGrants } from './grants.ts';
import type { ContentGrant } from './grants.ts';
import { readPolicy } from './policy-statements.ts';
import type { PolicyPlace } from './policy-statements.ts';
import type { ImageRecord } from './records.ts';
import type { World } from './world.ts';

/** What GetImagePolicy answers where there is no policy. */
const noPolicy = '{}';

/** The document that reads back: RAM's own merging of all grants, or what was put while its grants still hold. */
export function policyDocumentOf(world: World, image: ImageRecord): string {
  const grants = policyGrants(image);
  if (world.behaviour.readBack === 'as-put' && image.putText !== undefined) {
    const put = readPolicy(image.putText, placeOf(world, image));
    const statements = put.kind === 'statements' ? put.statements : [];
    const putGrants = statements.flatMap(({ principals, content }) =>
      principals.map((principal) => ({ principal, content })),
    );
    if (grantsKey(putGrants) === grantsKey(grants)) return image.putText;
  }
  if (grants.length === 0) return noPolicy;
  return spaced({ Version: '2012-10-17', Statement: statementsOf(image, grants) });
}

/** Where the policy of an image is read. */
export function placeOf(world: World, { arn, partition }: ImageRecord): PolicyPlace {
  return { imageArn: arn, partition, managementAccount: world.settings.organization.managementAccount };
}

function statementsOf(image: ImageRecord, grants: readonly ContentGrant[]): readonly JsonObject[] {
  const byContent = groupedBy(grants, ({ content }) => content.key);
  return [...byContent.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { actions, condition } = first.content;
    const ids = [...new Set(same.map(({ principal }) => principal))].sort();
    const body = { Action: actions, Resource: image.arn };
    const named = ids.filter((id) => accountOf(id) !== undefined).map((id) => writtenPrincipal(image.partition, id));
    const statements: JsonObject[] = [];
    if (named.length > 0) {
      const [only] = named;
      const principal = { AWS: named.length === 1 ? only : named };
      statements.push({ Effect: 'Allow', Principal: principal, ...body, ...(condition && { Condition: condition }) });
    }
    for (const id of ids.filter((id) => accountOf(id) === undefined)) {
      const test = organizationTest(id);
      const merged = test === undefined ? condition : mergeConditions(condition, test);
      statements.push({ Effect: 'Allow', Principal: '*', ...body, ...(merged && { Condition: merged }) });
    }
    return statements;
  });
}

function writtenPrincipal(partition: string, id: string): string {
  return isAccountId(id) ? `arn:${partition}:iam::${id}:root` : id;
}

function organizationTest(id: string): JsonObject | undefined {
  const [, organization, unit] = /:(?:organization|ou)\/(o-[a-z0-9]+)(?:\/(ou-[a-z0-9-]+))?$/.exec(id) ?? [];
  if (organization === undefined) return undefined;
  if (unit === undefined) return { StringEquals: { 'aws:PrincipalOrgID': organization } };
  return { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': `${organization}/*/${unit}/*` } };
}

function mergeConditions(condition: JsonObject | undefined, test: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...condition };
  for (const [operator, tests] of Object.entries(test)) {
    merged[operator] = Object.assign({}, merged[operator], tests);
  }
  return merged;
}

// AWS writes its documents with a space after each separator, so nobody can rely on their bytes.
function spaced(document: JsonObject): string {
  return JSON.stringify(document, null, 1).replaceAll(/\n\s*/g, ' ');
}
