import { PutImagePolicyCommand } from '@aws-sdk/client-imagebuilder';
import {
  AssociateResourceShareCommand,
  AssociateResourceSharePermissionCommand,
  CreatePermissionCommand,
  CreateResourceShareCommand,
  DeleteResourceShareCommand,
  DisassociateResourceShareCommand,
  PromotePermissionCreatedFromPolicyCommand,
  PromoteResourceShareCreatedFromPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ram';
import type { ImageArn } from '../domain/arn.ts';
import type { AwsAccess, AwsCall } from './access.ts';
import { requireTrue, requestIdOf } from './answer.ts';
import type { AwsClients } from './clients.ts';
import type { PermissionBody } from './permission-body.ts';
import { imageResourceType } from './permissions.ts';
import { required, writeImageBuilder, writeRam } from './request.ts';

/** What every write gives back. */
export interface Act {
  /** The id by which AWS knows the request; empty where the answer has none. */
  readonly requestId: string;
}

/** Sets the policy of an image in place of the one it has. The same document twice is the same state. */
export async function putImagePolicy(
  clients: AwsClients,
  access: AwsAccess,
  { image, document }: { readonly image: ImageArn; readonly document: string },
  call: AwsCall,
): Promise<Act> {
  const answer = await writeImageBuilder(
    { clients, access, call },
    {
      operation: 'PutImagePolicy',
      item: image,
      send: (client) => client.send(new PutImagePolicyCommand({ imageArn: image, policy: document })),
    },
  );
  return { requestId: requestIdOf(answer) };
}

/** Starts the promotion of a share; RAM goes on by itself. It takes no token, so only a share that was just read is promoted. */
export async function promoteShare(
  clients: AwsClients,
  access: AwsAccess,
  { shareArn }: { readonly shareArn: string },
  call: AwsCall,
): Promise<Act> {
  const about = { operation: 'PromoteResourceShareCreatedFromPolicy', item: shareArn };
  const command = { resourceShareArn: shareArn };
  const answer = await writeRam(
    { clients, access, call },
    {
      ...about,
      send: (client) => client.send(new PromoteResourceShareCreatedFromPolicyCommand(command)),
    },
  );
  return requireTrue(answer, about);
}

/** Makes a customer managed permission out of the one that RAM made for a policy; the given ARN is that of the new one. */
export async function promotePermission(
  clients: AwsClients,
  access: AwsAccess,
  { permissionArn, ...rest }: { readonly permissionArn: string; readonly name: string; readonly clientToken: string },
  call: AwsCall,
): Promise<Act & { readonly permissionArn: string }> {
  const about = { operation: 'PromotePermissionCreatedFromPolicy', item: permissionArn };
  const answer = await writeRam(
    { clients, access, call },
    {
      ...about,
      send: (client) => client.send(new PromotePermissionCreatedFromPolicyCommand({ permissionArn, ...rest })),
    },
  );
  return { requestId: requestIdOf(answer), permissionArn: required(answer.permission?.arn, about) };
}

/** Makes a customer managed permission for images. */
export async function createPermission(
  clients: AwsClients,
  access: AwsAccess,
  permission: PermissionBody & { readonly name: string; readonly clientToken: string },
  call: AwsCall,
): Promise<Act & { readonly permissionArn: string }> {
  const { name, actions, condition, clientToken } = permission;
  const about = { operation: 'CreatePermission', item: name };
  const policyTemplate = permissionTemplate(actions, condition);
  const input = { name, resourceType: imageResourceType, policyTemplate, clientToken };
  const answer = await writeRam(
    { clients, access, call },
    { ...about, send: (client) => client.send(new CreatePermissionCommand(input)) },
  );
  return { requestId: requestIdOf(answer), permissionArn: required(answer.permission?.arn, about) };
}

/** Puts a permission in the place of the one that a share has for images. */
export async function replaceSharePermission(
  clients: AwsClients,
  access: AwsAccess,
  change: { readonly shareArn: string; readonly permissionArn: string; readonly clientToken: string },
  call: AwsCall,
): Promise<Act> {
  const { shareArn, permissionArn, clientToken } = change;
  const about = { operation: 'AssociateResourceSharePermission', item: shareArn };
  const input = { resourceShareArn: shareArn, permissionArn, replace: true, clientToken };
  const answer = await writeRam(
    { clients, access, call },
    { ...about, send: (client) => client.send(new AssociateResourceSharePermissionCommand(input)) },
  );
  return requireTrue(answer, about);
}

/** Principals of a share, as RAM names them. */
export interface ShareEntities {
  readonly shareArn: string;
  readonly entities: readonly string[];
  readonly clientToken: string;
}

/** Starts to add principals to a share. */
export async function associatePrincipals(
  clients: AwsClients,
  access: AwsAccess,
  { shareArn, entities, clientToken }: ShareEntities,
  call: AwsCall,
): Promise<Act> {
  const input = { resourceShareArn: shareArn, principals: [...entities], clientToken };
  const answer = await writeRam(
    { clients, access, call },
    {
      operation: 'AssociateResourceShare',
      item: shareArn,
      send: (client) => client.send(new AssociateResourceShareCommand(input)),
    },
  );
  return { requestId: requestIdOf(answer) };
}

/** Starts to take principals out of a share. */
export function disassociatePrincipals(
  clients: AwsClients,
  access: AwsAccess,
  { shareArn, entities, clientToken }: ShareEntities,
  call: AwsCall,
): Promise<Act> {
  const input = { resourceShareArn: shareArn, principals: [...entities], clientToken };
  return disassociate(clients, access, input, call);
}

/** Starts to take an image out of a share; its other resources stay. */
export function disassociateImage(
  clients: AwsClients,
  access: AwsAccess,
  {
    shareArn,
    image,
    clientToken,
  }: { readonly shareArn: string; readonly image: ImageArn; readonly clientToken: string },
  call: AwsCall,
): Promise<Act> {
  return disassociate(clients, access, { resourceShareArn: shareArn, resourceArns: [image], clientToken }, call);
}

/** Starts to delete a share: every principal loses what it gave, and it cannot be brought back. */
export async function deleteShare(
  clients: AwsClients,
  access: AwsAccess,
  { shareArn, clientToken }: { readonly shareArn: string; readonly clientToken: string },
  call: AwsCall,
): Promise<Act> {
  const about = { operation: 'DeleteResourceShare', item: shareArn };
  const input = { resourceShareArn: shareArn, clientToken };
  const answer = await writeRam(
    { clients, access, call },
    { ...about, send: (client) => client.send(new DeleteResourceShareCommand(input)) },
  );
  return requireTrue(answer, about);
}

/** Sets tags of a share; tags with other keys stay. */
export async function tagShare(
  clients: AwsClients,
  access: AwsAccess,
  { shareArn, tags }: { readonly shareArn: string; readonly tags: Readonly<Record<string, string>> },
  call: AwsCall,
): Promise<Act> {
  const input = { resourceShareArn: shareArn, tags: tagList(tags) };
  const answer = await writeRam(
    { clients, access, call },
    {
      operation: 'TagResource',
      item: shareArn,
      send: (client) => client.send(new TagResourceCommand(input)),
    },
  );
  return { requestId: requestIdOf(answer) };
}

/** Takes tags off a share; one that is not there is well. */
export async function untagShare(
  clients: AwsClients,
  access: AwsAccess,
  { shareArn, tagKeys }: { readonly shareArn: string; readonly tagKeys: readonly string[] },
  call: AwsCall,
): Promise<Act> {
  const input = { resourceShareArn: shareArn, tagKeys: [...tagKeys] };
  const answer = await writeRam(
    { clients, access, call },
    {
      operation: 'UntagResource',
      item: shareArn,
      send: (client) => client.send(new UntagResourceCommand(input)),
    },
  );
  return { requestId: requestIdOf(answer) };
}

/** A share to make. */
export interface NewShare {
  readonly name: string;
  readonly image: ImageArn;
  /** Principals, as RAM names them. */
  readonly entities: readonly string[];
  readonly permissionArn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly allowExternalPrincipals: boolean;
  readonly clientToken: string;
}

/** Makes a STANDARD share of one image. */
export async function createShare(
  clients: AwsClients,
  access: AwsAccess,
  { name, image, entities, permissionArn, tags, allowExternalPrincipals, clientToken }: NewShare,
  call: AwsCall,
): Promise<Act & { readonly shareArn: string }> {
  const about = { operation: 'CreateResourceShare', item: image };
  const content = { resourceArns: [image], principals: [...entities], permissionArns: [permissionArn] };
  const input = { name, ...content, tags: tagList(tags), allowExternalPrincipals, clientToken };
  const answer = await writeRam(
    { clients, access, call },
    { ...about, send: (client) => client.send(new CreateResourceShareCommand(input)) },
  );
  return { requestId: requestIdOf(answer), shareArn: required(answer.resourceShare?.resourceShareArn, about) };
}

async function disassociate(
  clients: AwsClients,
  access: AwsAccess,
  input: { resourceShareArn: string; principals?: string[]; resourceArns?: string[]; clientToken: string },
  call: AwsCall,
): Promise<Act> {
  const answer = await writeRam(
    { clients, access, call },
    {
      operation: 'DisassociateResourceShare',
      item: input.resourceShareArn,
      send: (client) => client.send(new DisassociateResourceShareCommand(input)),
    },
  );
  return { requestId: requestIdOf(answer) };
}

function permissionTemplate(actions: readonly string[], condition: string | undefined): string {
  const parsed: unknown = condition === undefined ? undefined : JSON.parse(condition);
  return JSON.stringify({ Effect: 'Allow', Action: actions, ...(parsed === undefined ? {} : { Condition: parsed }) });
}

function tagList(tags: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
