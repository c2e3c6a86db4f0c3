import {
  CreatePermissionCommand,
  CreateResourceShareCommand,
  DeletePermissionCommand,
  GetPermissionCommand,
  ListPermissionAssociationsCommand,
  ListPermissionsCommand,
} from '@aws-sdk/client-ram';
import { expect, it } from 'vitest';
import { aSimulator, anImageArn } from '../support/simulator.ts';
import { clientsOf, onlyShareArnOf, put } from './clients.ts';
import type { Clients } from './clients.ts';

const imageArn = anImageArn();
const seed = { images: [{ arn: imageArn }] };

it("6.1 lists AWS's permission for images, with its pair of actions", async () => {
  const { ram } = clientsOf(await aSimulator());

  const { permissions = [] } = await ram.send(new ListPermissionsCommand({ resourceType: 'imagebuilder:Image' }));
  const { permission } = await ram.send(new GetPermissionCommand({ permissionArn: permissions[0]?.arn }));

  const content: unknown = JSON.parse(permission?.permission ?? '');
  expect(permissions).toMatchObject([
    {
      arn: 'arn:aws:ram::aws:permission/AWSRAMDefaultPermissionImageBuilderImage',
      permissionType: 'AWS_MANAGED',
      isResourceTypeDefault: true,
    },
  ]);
  expect(content).toEqual({ Effect: 'Allow', Action: ['imagebuilder:GetImage', 'imagebuilder:ListImages'] });
});

it('6.2 has room for 10 customer managed permissions', async () => {
  const clients = clientsOf(await aSimulator());

  for (let index = 0; index < 10; index++) await createPermission(clients, `permission-${index}`);

  await expect(createPermission(clients, 'one-too-many')).rejects.toMatchObject({
    name: 'PermissionLimitExceededException',
  });
});

it('6.3 deletes a permission that no share uses', async () => {
  const clients = clientsOf(await aSimulator({ seed }));
  const [used, unused] = [await createPermission(clients, 'used'), await createPermission(clients, 'unused')];
  const share = { name: 'mine', resourceArns: [imageArn], permissionArns: [used] };
  await clients.ram.send(new CreateResourceShareCommand(share));
  const remove = (permissionArn: string) => clients.ram.send(new DeletePermissionCommand({ permissionArn }));

  await expect(remove(unused)).resolves.toMatchObject({ returnValue: true });
  await expect(remove(unused)).rejects.toMatchObject({ name: 'UnknownResourceException' });
  await expect(remove(used)).rejects.toMatchObject({ name: 'OperationNotPermittedException' });
});

it('6.4 finds the shares whose permission was created from a policy', async () => {
  const clients = clientsOf(await aSimulator({ seed }));
  await put(clients, imageArn, ['222222222222'], ['imagebuilder:GetImage']);
  const associationsOf = async (featureSet: 'CREATED_FROM_POLICY' | 'STANDARD') =>
    (await clients.ram.send(new ListPermissionAssociationsCommand({ featureSet }))).permissions;

  const resourceShareArn = await onlyShareArnOf(clients, imageArn);

  expect(await associationsOf('CREATED_FROM_POLICY')).toMatchObject([{ resourceShareArn }]);
  expect(await associationsOf('STANDARD')).toEqual([]);
});

async function createPermission({ ram }: Clients, name: string): Promise<string> {
  const policyTemplate = JSON.stringify({ Effect: 'Allow', Action: ['imagebuilder:GetImage'] });
  const creation = new CreatePermissionCommand({ name, resourceType: 'imagebuilder:Image', policyTemplate });
  return (await ram.send(creation)).permission?.arn ?? '';
}
