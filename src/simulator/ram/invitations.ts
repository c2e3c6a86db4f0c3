import { ramError } from '../aws-error.ts';
import type { Call, Operation, Outcome } from '../operation.ts';
import { pageOf } from '../paging.ts';
import { texts } from '../parameters.ts';
import { accept, reject } from '../world/invitations.ts';
import { isLive } from '../world/records.ts';
import type { InvitationRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { isListed, ramPages, ramRead, ramWrite, requiredText } from './requests.ts';
import { invitationShape, resourceShape } from './shapes.ts';

/** Invitations of accounts outside the organisation. */
export const invitationOperations: readonly Operation[] = [
  ramRead('GetResourceShareInvitations', getInvitations),
  ramRead('ListPendingInvitationResources', listPendingResources),
  ramWrite('AcceptResourceShareInvitation', acceptInvitation),
  ramWrite('RejectResourceShareInvitation', rejectInvitation),
  ramWrite('EnableSharingWithAwsOrganization', enableSharing, { takesToken: false }),
];

function getInvitations(world: World, call: Call): Outcome {
  const arns = texts(call.parameters, 'resourceShareInvitationArns');
  const shareArns = new Set(texts(call.parameters, 'resourceShareArns'));
  const visible = new Set(world.invitationsFor(call.account, call.region));
  if (world.behaviour.outsideInvitationVisibleToOwner === 'yes') {
    for (const invitation of world.invitationsFrom(call.account, call.region)) visible.add(invitation);
  }
  const unknown = arns.find((arn) => {
    const invitation = world.invitations.get(arn);
    return invitation === undefined || !visible.has(invitation);
  });
  if (unknown !== undefined) throw notFound(unknown);
  const items = [...visible].filter(
    ({ arn, share }) =>
      (arns.length === 0 || arns.includes(arn)) &&
      (shareArns.size === 0 || shareArns.has(share.arn)) &&
      isListed(world, share),
  );
  return pageOf(world, call, { pages: ramPages, key: 'resourceShareInvitations', items, render: invitationShape });
}

function listPendingResources(world: World, call: Call): Outcome {
  const { share } = answerable(world, call);
  const items = [...share.resources.values()].filter(isLive);
  const render = (association: (typeof items)[number]) => resourceShape(share, association);
  return pageOf(world, call, { pages: ramPages, key: 'resources', items, render });
}

function acceptInvitation(world: World, call: Call): Outcome {
  const invitation = answerable(world, call);
  accept(world, invitation);
  return { body: { resourceShareInvitation: invitationShape(invitation) }, effect: 'changed' };
}

function rejectInvitation(world: World, call: Call): Outcome {
  const invitation = answerable(world, call);
  reject(world, invitation);
  return { body: { resourceShareInvitation: invitationShape(invitation) }, effect: 'changed' };
}

function enableSharing(world: World, call: Call): Outcome {
  if (call.account !== world.settings.organization.managementAccount) {
    throw ramError('OperationNotPermittedException', 'Only the management account can enable sharing.');
  }
  return { body: { returnValue: true }, effect: 'already-held' };
}

function answerable(world: World, call: Call): InvitationRecord {
  const arn = requiredText(call, 'resourceShareInvitationArn');
  const invitation = world.invitations.get(arn);
  if (invitation?.receiver !== call.account || invitation.share.region !== call.region) throw notFound(arn);
  switch (invitation.status) {
    case 'PENDING':
      return invitation;
    case 'ACCEPTED':
      throw ramError('ResourceShareInvitationAlreadyAcceptedException', `${arn} was accepted already.`, {
        alreadyHeld: true,
      });
    case 'REJECTED':
      throw ramError('ResourceShareInvitationAlreadyRejectedException', `${arn} was rejected already.`);
    case 'EXPIRED':
      throw ramError('ResourceShareInvitationExpiredException', `${arn} has expired.`);
  }
}

function notFound(arn: string): Error {
  return ramError('ResourceShareInvitationArnNotFoundException', `The invitation ${arn} could not be found.`);
}
