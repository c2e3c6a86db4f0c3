import { ramError } from '../aws-error.ts';
import { accountOf, isOutside } from './audience.ts';
import type { AssociationRecord, InvitationRecord, ShareRecord } from './records.ts';
import { endAssociating } from './association-ends.ts';
import type { World } from './world.ts';

/** What of a share decides who must be invited; known before the share is. */
export type InvitingShare = Pick<ShareRecord, 'owner' | 'region' | 'invitations'>;

/** Whether the principal stays ASSOCIATING until its account has accepted an invitation. */
export function needsInvitation(world: World, share: InvitingShare, principal: string): boolean {
  if (!isOutside(world, share.owner, principal)) return false;
  const account = accountOf(principal);
  return account !== undefined && share.invitations.get(account)?.status !== 'ACCEPTED';
}

/** Refuses where the invitations still to be sent would pass the quota of pending ones. */
export function requireInvitationQuota(world: World, share: InvitingShare, principals: readonly string[]): void {
  const wanted = new Set(principals.filter((id) => needsInvitation(world, share, id)).map(accountOf));
  for (const account of wanted) {
    if (account !== undefined && share.invitations.get(account)?.status === 'PENDING') wanted.delete(account);
  }
  const { pendingInvitations } = world.territory(share.owner, share.region);
  if (pendingInvitations.size + wanted.size > world.settings.maxPendingInvitationCount) {
    throw ramError('ResourceShareLimitExceededException', 'The limit of pending invitations is reached.');
  }
}

/** Sends an invitation to the account of a principal, unless one is pending. */
export function invite(world: World, share: ShareRecord, principal: string): void {
  const receiver = accountOf(principal);
  if (receiver === undefined || share.invitations.get(receiver)?.status === 'PENDING') return;
  const arn = world.newRamArn(share.region, share.owner, 'resource-share-invitation');
  const invitation: InvitationRecord = { arn, share, receiver, sentAt: world.instant, status: 'PENDING' };
  share.invitations.set(receiver, invitation);
  world.addInvitation(invitation);
  world.after(world.settings.invitationLifetimeMs, () => expire(world, invitation), { isSettled: false });
}

/** Accepts an invitation: the principals of the account go on to ASSOCIATED. */
export function accept(world: World, invitation: InvitationRecord): void {
  close(world, invitation, 'ACCEPTED');
  for (const association of waitingFor(invitation)) {
    world.after(world.settings.associationLagMs, () => endAssociating(world, invitation.share, association));
  }
}

/** Rejects an invitation: the principals of the account end FAILED. */
export function reject(world: World, invitation: InvitationRecord): void {
  close(world, invitation, 'REJECTED');
  failWaiting(world, invitation, 'The invitation was rejected.');
}

/** Takes a pending invitation back, because its principals left the share. */
export function withdraw(world: World, invitation: InvitationRecord): void {
  if (invitation.status === 'PENDING') close(world, invitation, 'EXPIRED');
}

function expire(world: World, invitation: InvitationRecord): void {
  if (invitation.status !== 'PENDING') return;
  close(world, invitation, 'EXPIRED');
  failWaiting(world, invitation, 'The invitation expired before it was accepted.');
}

function close(world: World, invitation: InvitationRecord, status: 'ACCEPTED' | 'REJECTED' | 'EXPIRED'): void {
  invitation.status = status;
  world.territory(invitation.share.owner, invitation.share.region).pendingInvitations.delete(invitation);
}

function failWaiting(world: World, invitation: InvitationRecord, reason: string): void {
  for (const association of waitingFor(invitation)) {
    association.status = 'FAILED';
    association.statusMessage = reason;
    association.keepsAccess = false;
    association.updatedAt = world.instant;
  }
  world.touchShare(invitation.share);
}

function waitingFor({ share, receiver }: InvitationRecord): readonly AssociationRecord[] {
  return [...share.principals.values()].filter(
    ({ entity, status }) => status === 'ASSOCIATING' && accountOf(entity) === receiver,
  );
}
