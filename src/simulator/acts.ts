import type { CallFilter } from './call-filter.ts';
import type { JsonObject } from './json.ts';
import type { Service } from './operation.ts';
import { parseImageArn } from './world/arns.ts';
import { isLive } from './world/records.ts';
import type { ShareRecord } from './world/records.ts';
import { sharesCovering } from './world/shares.ts';
import type { World } from './world/world.ts';

/** What somebody else does. An act on an image without `image` is on the image of the call that set it off. */
export type Act =
  /** The policy text; `${imageArn}` in it stands for the image. */
  | { readonly kind: 'put-policy'; readonly image?: string; readonly policy: string }
  /** Adds principals to the oldest STANDARD share of the image. */
  | { readonly kind: 'associate'; readonly image?: string; readonly principals: readonly string[] }
  /** Takes principals out of every STANDARD share of the image that has them. */
  | { readonly kind: 'disassociate'; readonly image?: string; readonly principals: readonly string[] }
  /** Takes the image out of its STANDARD shares. */
  | { readonly kind: 'disassociate-image'; readonly image?: string }
  /** Deletes every live share of the image. */
  | { readonly kind: 'delete-shares'; readonly image?: string }
  /** Shares the image a second time. */
  | {
      readonly kind: 'create-share';
      readonly image?: string;
      readonly name?: string;
      readonly principals: readonly string[];
    }
  /** Promotes the unpromoted shares of the image. */
  | { readonly kind: 'promote'; readonly image?: string }
  /** An account accepts all invitations that it has in a Region. */
  | { readonly kind: 'accept-invitations'; readonly account: string; readonly region: string }
  /** Any call of any operation. */
  | {
      readonly kind: 'call';
      readonly service: Service;
      readonly operation: string;
      readonly account: string;
      readonly region: string;
      readonly parameters: JsonObject;
    };

/** An act right before or right after a call. */
export type Intervention = CallFilter & { readonly when: 'before' | 'after'; readonly act: Act };

/** A call that an act makes. */
export type ActCall = {
  readonly service: Service;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly parameters: JsonObject;
};

/** The calls that an act consists of, as the world stands. */
export function callsOfAct(world: World, act: Act, struckImage: string | undefined): readonly ActCall[] {
  if (act.kind === 'call') return [act];
  if (act.kind === 'accept-invitations') return acceptances(world, act);
  const imageArn = act.image ?? struckImage ?? '';
  const { account = '', region = '' } = parseImageArn(imageArn) ?? {};
  const ram = (operation: string, parameters: JsonObject): ActCall => {
    return { service: 'ram', operation, account, region, parameters };
  };
  const image = world.images.get(imageArn);
  const shares = image === undefined ? [] : sharesCovering(image);
  const standard = shares.filter(({ featureSet }) => featureSet === 'STANDARD');
  switch (act.kind) {
    case 'put-policy': {
      const parameters = { imageArn, policy: act.policy.replaceAll('${imageArn}', imageArn) };
      return [{ service: 'imagebuilder', operation: 'PutImagePolicy', account, region, parameters }];
    }
    case 'associate':
      return standard
        .slice(0, 1)
        .map(({ arn }) => ram('AssociateResourceShare', { resourceShareArn: arn, principals: act.principals }));
    case 'disassociate':
      return standard.flatMap((share) => {
        const principals = act.principals.filter((id) => isMember(share, id));
        const parameters = { resourceShareArn: share.arn, principals };
        return principals.length > 0 ? [ram('DisassociateResourceShare', parameters)] : [];
      });
    case 'disassociate-image':
      return standard.map(({ arn }) =>
        ram('DisassociateResourceShare', { resourceShareArn: arn, resourceArns: [imageArn] }),
      );
    case 'delete-shares':
      return shares.map(({ arn }) => ram('DeleteResourceShare', { resourceShareArn: arn }));
    case 'create-share': {
      const { name = 'shared by somebody else', principals } = act;
      return [ram('CreateResourceShare', { name, principals, resourceArns: [imageArn] })];
    }
    case 'promote':
      return shares
        .filter(({ featureSet }) => featureSet === 'CREATED_FROM_POLICY')
        .map(({ arn }) => ram('PromoteResourceShareCreatedFromPolicy', { resourceShareArn: arn }));
  }
}

function acceptances(world: World, { account, region }: { account: string; region: string }): readonly ActCall[] {
  return [...world.invitationsFor(account, region)]
    .filter(({ status }) => status === 'PENDING')
    .map(({ arn }) => ({
      service: 'ram',
      operation: 'AcceptResourceShareInvitation',
      account,
      region,
      parameters: { resourceShareInvitationArn: arn },
    }));
}

function isMember(share: ShareRecord, id: string): boolean {
  const association = share.principals.get(id);
  return association !== undefined && isLive(association);
}
