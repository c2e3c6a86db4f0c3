import type { AwsAccess, AwsCall } from './access.ts';
import type { AwsClients } from './clients.ts';
import { gathered } from './gather.ts';
import type { Target } from './request.ts';
import type { ShareLists } from './share-lists.ts';
import type { KnownPermissions } from './share-permissions.ts';
import { observePermissions } from './share-permissions.ts';
import { listAssociations, listShares, listSharesOfImages, mostArns } from './shares.ts';

/** Every list of a target by the keys alone, with the repeats and the cancellation of the target's call. */
export type ReadLists = {
  readonly [List in keyof ShareLists]: (keys: readonly string[]) => ReturnType<ShareLists[List]>;
};

/** Reads lists of RAM together with everybody else who asks about the same account and Region with the same role. */
export function gatheredLists({ clients, access, call }: Target): ReadLists {
  const lists = clients.shareLists(access, () => newShareLists(clients, access));
  return {
    sharesOfImages: (images) => call.read(() => lists.sharesOfImages(images, call)),
    shares: (arns) => call.read(() => lists.shares(arns, call)),
    resources: (arns) => call.read(() => lists.resources(arns, call)),
    principals: (arns) => call.read(() => lists.principals(arns, call)),
    permissions: (arns) => call.read(() => lists.permissions(arns, call)),
  };
}

function newShareLists(clients: AwsClients, access: AwsAccess): ShareLists {
  const known: KnownPermissions = new Map();
  const to = (call: AwsCall): Target => ({ clients, access, call });
  // Who is alone in an account waits for nobody.
  const pauseAfter = (count: number): number => (count > 1 ? clients.gatherMs : 0);
  const first = { mostKeys: mostArns, pauseAfter };
  // Whoever got the first list together asks for the next ones together.
  const following = { mostKeys: mostArns, pauseAfter: () => 0 };
  return {
    sharesOfImages: gathered((images, call) => listSharesOfImages(to(call), images), first),
    shares: gathered((arns, call) => listShares(to(call), arns), following),
    resources: gathered((arns, call) => listAssociations(to(call), 'RESOURCE', arns), following),
    principals: gathered((arns, call) => listAssociations(to(call), 'PRINCIPAL', arns), following),
    permissions: gathered((arns, call) => observePermissions(to(call), arns, known), following),
  };
}
