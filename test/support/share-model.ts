import type { Bundle } from '../../src/domain/bundles.ts';
import { bundlesOf, permissionText } from '../../src/domain/bundles.ts';
import type { Grant } from '../../src/domain/grants.ts';
import { normalGrants, principalsOf, sameGrants } from '../../src/domain/grants.ts';
import type { ObservedImage } from '../../src/domain/observation.ts';
import { policyGrants } from '../../src/domain/policy.ts';
import { canonicalPrincipal } from '../../src/domain/principal.ts';
import type { Act } from '../../src/domain/step.ts';
import { documentOf, entityOf, image, ownerAccount, shareArn } from './builders.ts';
import type { ActResult, ModelAssociation, ModelBehaviour, ModelShare, StartShare } from './share-model-parts.ts';
import { grantsOf, permissionOf } from './share-model-parts.ts';

/**
 * One image with its policy and shares, in memory: acts are applied, and what they start comes to its end with the
 * ticks. An act that no careful program does (a repeat, a change of a foreign share, a policy put over a STANDARD
 * share) throws.
 */
export class ShareModel {
  /** Grants of what was put and that no STANDARD share has taken over. */
  #own: readonly Grant[] = [];
  #isOwnerOnly = false;
  #ramGrants: readonly Grant[] = [];
  readonly #shares: ModelShare[] = [];
  readonly #behaviour: ModelBehaviour;
  #events: { at: number; run: () => void }[] = [];
  #now = 0;
  #shareCount = 0;

  constructor(behaviour: ModelBehaviour, shares: readonly StartShare[]) {
    this.#behaviour = behaviour;
    for (const start of shares) this.#addShare(start);
    this.#own = this.#grantsOf(({ featureSet }) => featureSet !== 'STANDARD');
    this.#ramGrants = this.#grantsOf(({ featureSet }) => featureSet === 'STANDARD');
  }

  get now(): number {
    return this.#now;
  }

  tick(): void {
    this.#now += 1;
    const due = this.#events.filter(({ at }) => at <= this.#now);
    this.#events = this.#events.filter(({ at }) => at > this.#now);
    for (const { run } of due) run();
  }

  observe(): ObservedImage {
    const grants = this.#policyGrants();
    const policy = grants.length === 0 && !this.#isOwnerOnly ? null : documentOf(grants);
    return {
      image,
      observedAtMs: this.#now * 1000,
      policy: this.#isOwnerOnly ? '{"Statement":[{"Effect":"Allow"}]}' : policy,
      policyGrants: grants,
      shares: this.#live().map((share) => ({
        shareArn: share.arn,
        name: 'share',
        featureSet: share.featureSet,
        status: share.status,
        rolloutTag: share.tag,
        imageStatus: share.imageStatus,
        otherResourceCount: share.otherResourceCount,
        principals: share.associations.map(({ principal, status, changedAt, isInvited }) => ({
          principal,
          associatedEntity: entityOf(principal),
          status,
          changedAtMs: changedAt * 1000,
          hasPendingInvitation: isInvited && status === 'ASSOCIATING',
        })),
        permissions: [
          {
            permissionArn: permissionText(share.permission),
            featureSet: share.hasManagedPermission ? ('STANDARD' as const) : ('CREATED_FROM_POLICY' as const),
            ...share.permission,
          },
        ],
      })),
    };
  }

  /** Everybody who can reach the image now. */
  access(): readonly string[] {
    return principalsOf(this.#policyGrants(true));
  }

  /** ARNs of the foreign shares, and a text that changes with everything about them. */
  foreign(): string {
    return JSON.stringify(this.#shares.filter(({ isForeign }) => isForeign));
  }

  apply(act: Act): ActResult {
    switch (act.kind) {
      case 'put':
        return this.#put(policyGrants(act.document, ownerAccount));
      case 'erase':
        return this.#erase();
      case 'promote':
        return this.#promote(this.#touch(act.shareArn));
      case 'promote-permission':
        return this.#promotePermission(this.#touch(act.shareArn));
      case 'tag':
        return this.#tag(this.#shareOf(act.shareArn));
      case 'untag':
        return this.#untag(this.#shareOf(act.shareArn));
      case 'create-share':
        return this.#create(act.bundle, act.entities.map(canonicalPrincipal));
      case 'associate':
        return this.#associate(this.#touch(act.shareArn), act.entities.map(canonicalPrincipal));
      case 'replace-permission':
        return this.#replacePermission(this.#touch(act.shareArn), act.bundle);
      case 'disassociate':
        return this.#disassociate(this.#touch(act.shareArn), act.entities.map(canonicalPrincipal));
      case 'remove-image':
        return this.#removeImage(this.#touch(act.shareArn));
      case 'delete-share':
        return this.#delete(this.#touch(act.shareArn));
    }
  }

  #put(grants: readonly Grant[]): ActResult {
    this.#requireNoStandard('put');
    if (sameGrants(grants, this.#own)) throw new Error('the policy that is put is there already');
    this.#own = grants;
    this.#isOwnerOnly = false;
    this.#after(this.#behaviour.shareLag, () => this.#followPolicy());
    return 'ok';
  }

  #erase(): ActResult {
    this.#requireNoStandard('erase');
    if (this.#own.length === 0) throw new Error('there is nothing to erase');
    if (this.#behaviour.erase === 'refused') return 'refused';
    this.#own = [];
    this.#isOwnerOnly = this.#behaviour.erase === 'owner-only';
    this.#after(this.#behaviour.shareLag, () => this.#followPolicy());
    return 'ok';
  }

  #followPolicy(): void {
    const existing = this.#live().filter(({ featureSet }) => featureSet === 'CREATED_FROM_POLICY');
    const bundles = bundlesOf(this.#own);
    if (bundles.length === 0 && this.#behaviour.erasedShare === 'stays') return;
    if (existing.length > 0 && bundles.length > 0 && this.#behaviour.putOverUnpromoted === 'share-stays-stale') return;
    if (this.#behaviour.share === 'never-appears') return;
    for (const share of existing.slice(bundles.length)) share.status = 'DELETED';
    for (const [index, bundle] of bundles.entries()) {
      const share = existing[index];
      if (share === undefined) {
        this.#addShare({ bundle, featureSet: 'CREATED_FROM_POLICY', owner: 'ours', otherResourceCount: 0 });
      } else {
        share.permission = permissionOf(bundle);
        share.hasManagedPermission = this.#behaviour.permission === 'matched';
        share.associations = bundle.principals.map((principal) => this.#associated(principal));
      }
    }
  }

  #promote(share: ModelShare): ActResult {
    if (share.featureSet !== 'CREATED_FROM_POLICY') throw new Error(`${share.arn} is ${share.featureSet}`);
    if (this.#behaviour.promotion === 'refused') return 'refused';
    if (!share.hasManagedPermission) return 'unmatched';
    share.featureSet = 'PROMOTING_TO_STANDARD';
    this.#after(this.#behaviour.promotionLag, () => this.#endPromotion(share));
    return 'ok';
  }

  #endPromotion(share: ModelShare): void {
    share.featureSet = 'STANDARD';
    // What was put belongs to the shares that were made of it, also where they say something older.
    const others = this.#live().filter(({ featureSet }) => featureSet !== 'STANDARD');
    const open = others.flatMap(({ permission }) => permissionText(permission));
    this.#own = bundlesOf(this.#own)
      .filter((bundle) => open.includes(permissionText(bundle)))
      .flatMap(grantsOf);
    if (this.#behaviour.promotedShareArn === 'new') share.arn = this.#newArn();
    for (const association of share.associations) {
      const isOutside = this.#behaviour.outsiders.includes(association.principal);
      const isFailing = this.#behaviour.failing.includes(association.principal);
      if (!isOutside && !isFailing && this.#behaviour.promotedPrincipals === 'stay-associated') continue;
      this.#startAssociating(association, true);
    }
    this.#ramGrants = this.#grantsOf(({ featureSet }) => featureSet === 'STANDARD');
  }

  #promotePermission(share: ModelShare): ActResult {
    if (share.hasManagedPermission) throw new Error('a managed permission is there already');
    share.hasManagedPermission = true;
    return 'ok';
  }

  #tag(share: ModelShare): ActResult {
    if (share.tag !== null) throw new Error(`${share.arn} is tagged already`);
    share.tag = 'this';
    return 'ok';
  }

  #untag(share: ModelShare): ActResult {
    if (!share.isForeign) throw new Error(`${share.arn} has always been ours`);
    if (share.tag === null) throw new Error(`${share.arn} has no tag`);
    share.tag = null;
    return 'ok';
  }

  #create(bundle: Bundle, principals: readonly string[]): ActResult {
    const share = this.#addShare({
      bundle: { ...bundle, principals: [] },
      featureSet: 'STANDARD',
      owner: 'ours',
      otherResourceCount: 0,
    });
    return this.#associate(share, principals);
  }

  #associate(share: ModelShare, principals: readonly string[]): ActResult {
    this.#requireAlone(share);
    for (const principal of principals) {
      const known = share.associations.find((association) => association.principal === principal);
      if (known !== undefined && known.status !== 'FAILED') throw new Error(`${principal} is ${known.status} already`);
      const association = known ?? this.#associated(principal);
      if (known === undefined) share.associations.push(association);
      this.#startAssociating(association, false);
    }
    return 'ok';
  }

  #startAssociating(association: ModelAssociation, keepsAccess: boolean): void {
    association.status = 'ASSOCIATING';
    association.hasAccess = keepsAccess;
    association.changedAt = this.#now;
    association.isInvited = this.#behaviour.outsiders.includes(association.principal);
    if (association.isInvited) return;
    this.#after(this.#behaviour.associationLag, () => {
      if (association.status !== 'ASSOCIATING') return;
      const isFailing = this.#behaviour.failing.includes(association.principal);
      association.status = isFailing ? 'FAILED' : 'ASSOCIATED';
      association.hasAccess = !isFailing;
      association.changedAt = this.#now;
      this.#rewritePolicy();
    });
  }

  #replacePermission(share: ModelShare, bundle: Bundle): ActResult {
    this.#requireAlone(share);
    if (permissionText(share.permission) === permissionText(bundle)) throw new Error('the permission is there already');
    share.permission = permissionOf(bundle);
    this.#rewritePolicy();
    return 'ok';
  }

  #disassociate(share: ModelShare, principals: readonly string[]): ActResult {
    this.#requireAlone(share);
    for (const principal of principals) {
      const association = share.associations.find((candidate) => candidate.principal === principal);
      if (association === undefined) throw new Error(`${principal} is not in ${share.arn}`);
      if (association.status === 'DISASSOCIATING') throw new Error(`${principal} is DISASSOCIATING already`);
      association.status = 'DISASSOCIATING';
      this.#after(this.#behaviour.associationLag, () => {
        share.associations = share.associations.filter((candidate) => candidate !== association);
        this.#rewritePolicy();
      });
    }
    return 'ok';
  }

  #removeImage(share: ModelShare): ActResult {
    if (share.imageStatus !== 'ASSOCIATED') throw new Error(`the image is ${share.imageStatus} already`);
    share.imageStatus = 'DISASSOCIATING';
    this.#after(this.#behaviour.associationLag, () => {
      share.imageStatus = 'DISASSOCIATED';
      this.#rewritePolicy();
    });
    return 'ok';
  }

  #delete(share: ModelShare): ActResult {
    this.#requireAlone(share);
    if (share.featureSet !== 'STANDARD') throw new Error(`${share.arn} is ${share.featureSet}`);
    share.status = 'DELETING';
    this.#after(this.#behaviour.associationLag, () => {
      share.status = 'DELETED';
      this.#rewritePolicy();
    });
    return 'ok';
  }

  #rewritePolicy(): void {
    this.#after(this.#behaviour.policyLag, () => {
      this.#ramGrants = this.#grantsOf(({ featureSet }) => featureSet === 'STANDARD');
    });
  }

  #policyGrants(isNow = false): readonly Grant[] {
    const standard = isNow ? this.#grantsOf(({ featureSet }) => featureSet === 'STANDARD') : this.#ramGrants;
    return normalGrants([...this.#own, ...standard]);
  }

  #grantsOf(isMeant: (share: ModelShare) => boolean): readonly Grant[] {
    const giving = this.#live().filter(isMeant);
    return normalGrants(
      giving.flatMap(({ permission, associations }) => {
        const principals = associations.filter(({ hasAccess }) => hasAccess).map(({ principal }) => principal);
        return grantsOf({ ...permission, principals });
      }),
    );
  }

  #addShare({ bundle, featureSet, owner, otherResourceCount }: StartShare): ModelShare {
    const share: ModelShare = {
      arn: this.#newArn(),
      isForeign: owner === 'foreign',
      featureSet,
      status: 'ACTIVE',
      tag: owner === 'ours' && featureSet === 'STANDARD' ? 'earlier' : null,
      imageStatus: 'ASSOCIATED',
      otherResourceCount,
      associations: bundle.principals.map((principal) => this.#associated(principal)),
      permission: permissionOf(bundle),
      hasManagedPermission: featureSet === 'STANDARD' || this.#behaviour.permission === 'matched',
    };
    this.#shares.push(share);
    return share;
  }

  #associated(principal: string): ModelAssociation {
    return { principal, status: 'ASSOCIATED', changedAt: this.#now, hasAccess: true, isInvited: false };
  }

  #newArn(): string {
    this.#shareCount += 1;
    return shareArn(this.#shareCount);
  }

  #live(): readonly ModelShare[] {
    return this.#shares.filter(({ status, imageStatus }) => status !== 'DELETED' && imageStatus !== 'DISASSOCIATED');
  }

  #shareOf(arn: string): ModelShare {
    const share = this.#live().find((candidate) => candidate.arn === arn);
    if (share === undefined) throw new Error(`there is no ${arn}`);
    return share;
  }

  /** A share that may be changed. */
  #touch(arn: string): ModelShare {
    const share = this.#shareOf(arn);
    if (share.isForeign && share.tag === null) throw new Error(`${arn} is foreign`);
    return share;
  }

  #requireAlone({ arn, otherResourceCount }: ModelShare): void {
    if (otherResourceCount > 0) throw new Error(`${arn} covers other resources`);
  }

  #requireNoStandard(act: string): void {
    const standard = this.#live().find(({ featureSet }) => featureSet === 'STANDARD');
    if (standard !== undefined) throw new Error(`${act} over ${standard.arn}, which is STANDARD`);
  }

  #after(ticks: number, run: () => void): void {
    if (ticks === 0) run();
    else this.#events.push({ at: this.#now + ticks, run });
  }
}
