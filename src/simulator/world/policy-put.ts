import { imageBuilderError } from '../aws-error.ts';
import { accountOf } from './audience.ts';
import { grantsKey, policyGrants, shareGrants } from './grants.ts';
import { placeOf } from './policy-document.ts';
import { readPolicy } from './policy-statements.ts';
import { isForOwnerAlone, syncPolicyShares } from './policy-shares.ts';
import { rewriteShare } from './policy-rewrite.ts';
import { sharesCovering } from './shares.ts';
import type { ImageRecord, OwnStatement, ShareRecord } from './records.ts';
import type { World } from './world.ts';

/** Puts a policy on an image. Answers whether its grants held already. */
export function putPolicy(world: World, image: ImageRecord, text: string): { readonly alreadyHeld: boolean } {
  const statements = acceptedStatements(world, image, text);
  const alreadyHeld = grantsKey(grantsIn(statements)) === grantsKey(policyGrants(image));
  const standing = sharesCovering(image).filter(({ featureSet }) => featureSet !== 'CREATED_FROM_POLICY');
  if (standing.length === 0) takeAsOwn(world, image, statements);
  else putOverStanding(world, image, statements, standing);
  image.putText = text;
  world.touch(image);
  return { alreadyHeld };
}

function putOverStanding(
  world: World,
  image: ImageRecord,
  statements: readonly OwnStatement[],
  standing: readonly ShareRecord[],
): void {
  // Statements on their way into a share that is being promoted belong to that share.
  const leaving = image.ownStatements.filter(({ share }) => share?.featureSet === 'PROMOTING_TO_STANDARD');
  const covered = [...grantsIn(leaving), ...standing.flatMap((share) => shareGrants(share, image))];
  switch (world.behaviour.putOverStandard) {
    case 'refused':
      throw invalidPolicy('The resource is shared through AWS RAM; update the resource share instead.');
    case 'lost':
      image.overriding = statements;
      world.after(world.settings.shareLagMs, () => {
        image.overriding = undefined;
        world.touch(image);
      });
      return;
    case 'fork':
      takeAsOwn(world, image, [...leaving, ...without(statements, covered)]);
      return;
    case 'rewrite': {
      const target = standing.find((share) => share.featureSet === 'STANDARD' && share.resources.size === 1);
      if (target === undefined) takeAsOwn(world, image, [...leaving, ...without(statements, covered)]);
      else rewriteShare(world, target, statements);
      return;
    }
  }
}

function takeAsOwn(world: World, image: ImageRecord, statements: readonly OwnStatement[]): void {
  image.ownStatements = statements;
  world.after(world.settings.shareLagMs, () => syncPolicyShares(world, image));
}

function acceptedStatements(world: World, image: ImageRecord, text: string): readonly OwnStatement[] {
  if (text.length < 1 || text.length > 30_000) throw invalidPolicy('policy must have 1 to 30000 characters');
  const reading = readPolicy(text, placeOf(world, image));
  const { erase, unusualStatement, underlyingAccess } = world.behaviour;
  switch (reading.kind) {
    case 'invalid':
      throw invalidPolicy(reading.problem);
    case 'empty-document':
      if (erase === 'empty-document') return [];
      throw invalidPolicy('the policy has no Statement');
    case 'empty-statement':
      if (erase === 'empty-document' || erase === 'empty-statement-only') return [];
      throw invalidPolicy('the policy has an empty Statement');
    case 'statements': {
      const { statements } = reading;
      if (erase === 'none' && isForOwnerAlone(image, statements)) throw invalidPolicy('the owner needs no policy');
      if (unusualStatement === 'refused' && statements.some(({ isUnusual }) => isUnusual)) {
        throw invalidPolicy('a statement cannot be shared: only Allow for principals and this very resource can');
      }
      if (underlyingAccess === 'checked') requireLaunchPermission(image, statements);
      return statements;
    }
  }
}

function requireLaunchPermission(image: ImageRecord, statements: readonly OwnStatement[]): void {
  const { launchPermission } = image;
  if (launchPermission === undefined) return;
  const { userIds = [], userGroups = [] } = launchPermission;
  if (userGroups.includes('all')) return;
  for (const account of statements.flatMap(({ principals }) => principals.map(accountOf))) {
    if (account !== undefined && account !== image.account && !userIds.includes(account)) {
      throw invalidPolicy(`account ${account} has no permission to access the underlying resources`);
    }
  }
}

function grantsIn(
  statements: readonly OwnStatement[],
): readonly { readonly principal: string; readonly content: OwnStatement['content'] }[] {
  return statements.flatMap(({ principals, content }) => principals.map((principal) => ({ principal, content })));
}

/** The statements without those principals that have the same permission already. */
function without(statements: readonly OwnStatement[], covered: ReturnType<typeof grantsIn>): readonly OwnStatement[] {
  const known = new Set(covered.map(({ principal, content }) => `${principal} ${content.key}`));
  return statements
    .map((own) => ({ ...own, principals: own.principals.filter((id) => !known.has(`${id} ${own.content.key}`)) }))
    .filter(({ principals }) => principals.length > 0);
}

function invalidPolicy(problem: string): Error {
  return imageBuilderError(
    'InvalidParameterValueException',
    `The value supplied for parameter policy is not valid: ${problem}.`,
  );
}
