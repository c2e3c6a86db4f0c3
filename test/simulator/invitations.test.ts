import {
  AcceptResourceShareInvitationCommand,
  CreateResourceShareCommand,
  GetResourceShareInvitationsCommand,
  ListPendingInvitationResourcesCommand,
} from '@aws-sdk/client-ram';
import { expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { aSimulator, anImageArn, ownerAccount } from '../support/simulator.ts';
import { associate, clientsOf, onlyShareArnOf, principalsOf } from './clients.ts';
import type { Clients } from './clients.ts';

const imageArn = anImageArn();
const [inside, outside] = ['222222222222', '888888888888'];
const organization = { id: 'o-company', managementAccount: '999999999999', members: [ownerAccount, inside] };
const seed = { images: [{ arn: imageArn }], shares: [{ images: [imageArn], principals: [inside] }] };

it('5.1 leaves an outside account ASSOCIATING until it accepts', async () => {
  const { simulator, owner, guest, shareArn } = await invited();

  const before = { principals: await principalsOf(owner, shareArn), access: simulator.image(imageArn)?.access };
  await accept(guest, await invitationOf(guest));

  expect(before).toEqual({ principals: { [inside]: 'ASSOCIATED', [outside]: 'ASSOCIATING' }, access: [inside] });
  expect(await principalsOf(owner, shareArn)).toEqual({ [inside]: 'ASSOCIATED', [outside]: 'ASSOCIATED' });
  expect(simulator.image(imageArn)?.access).toEqual([inside, outside]);
});

it('5.2 fails the association when the invitation has expired after 12 hours', async () => {
  const { simulator, owner, guest, shareArn } = await invited();
  const arn = await invitationOf(guest);

  simulator.advance(12 * 3_600_000 - 1);
  const before = await principalsOf(owner, shareArn);
  simulator.advance(1);

  expect(before).toMatchObject({ [outside]: 'ASSOCIATING' });
  expect(await principalsOf(owner, shareArn)).toMatchObject({ [outside]: 'FAILED' });
  await expect(accept(guest, arn)).rejects.toMatchObject({ name: 'ResourceShareInvitationExpiredException' });
});

it('5.3 holds at most 20 invitations pending', async () => {
  const { owner, shareArn } = await invited();
  const strangers = Array.from({ length: 20 }, (_, index) => String(700_000_000_000 + index));

  await associate(owner, shareArn, strangers.slice(0, 19));

  await expect(associate(owner, shareArn, strangers.slice(19))).rejects.toMatchObject({
    name: 'ResourceShareLimitExceededException',
  });
});

it('5.4 takes one answer to an invitation', async () => {
  const { guest } = await invited();
  const arn = await invitationOf(guest);

  await accept(guest, arn);

  await expect(accept(guest, arn)).rejects.toMatchObject({ name: 'ResourceShareInvitationAlreadyAcceptedException' });
});

it('5.5 does not let an invitation expire by settling', async () => {
  const { simulator, guest } = await invited();

  simulator.settle();

  await expect(accept(guest, await invitationOf(guest))).resolves.toBe('ACCEPTED');
});

it('5.6 shows an invited account what it is invited to', async () => {
  const { guest } = await invited();
  const resourceShareInvitationArn = await invitationOf(guest);

  const pending = await guest.ram.send(new ListPendingInvitationResourcesCommand({ resourceShareInvitationArn }));

  expect(pending.resources).toMatchObject([{ arn: imageArn, type: 'imagebuilder:Image' }]);
});

it('5.7 refuses outside accounts where the share does not allow them', async () => {
  const { owner } = await invited();
  const creation = { name: 'closed', allowExternalPrincipals: false, resourceArns: [imageArn] };

  await owner.ram.send(new CreateResourceShareCommand({ ...creation, principals: [inside] }));
  const refused = owner.ram.send(new CreateResourceShareCommand({ ...creation, principals: [outside] }));

  await expect(refused).rejects.toMatchObject({ name: 'OperationNotPermittedException' });
});

type Invited = { simulator: Simulator; owner: Clients; guest: Clients; shareArn: string };

async function invited(): Promise<Invited> {
  const simulator = await aSimulator({ seed, settings: { organization }, now: () => 1_800_000_000_000 });
  const [owner, guest] = [clientsOf(simulator), clientsOf(simulator, { account: outside })];
  const shareArn = await onlyShareArnOf(owner, imageArn);
  await associate(owner, shareArn, [outside]);
  return { simulator, owner, guest, shareArn };
}

async function invitationOf({ ram }: Clients): Promise<string> {
  const { resourceShareInvitations } = await ram.send(new GetResourceShareInvitationsCommand({}));
  return resourceShareInvitations?.[0]?.resourceShareInvitationArn ?? '';
}

async function accept({ ram }: Clients, resourceShareInvitationArn: string): Promise<string | undefined> {
  const answer = await ram.send(new AcceptResourceShareInvitationCommand({ resourceShareInvitationArn }));
  return answer.resourceShareInvitation?.status;
}
