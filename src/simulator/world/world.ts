import { randomUUID } from 'node:crypto';
import type { SimulatorClock } from '../clock.ts';
import { behaviourOf } from '../settings.ts';
import type { Behaviour } from '../profiles.ts';
import type { Settings } from '../settings.ts';
import { Transitions } from '../transitions.ts';
import { partitionOf } from './arns.ts';
import { permissionContent } from './policy-statements.ts';

import type { ImageRecord, InvitationRecord, PermissionRecord, ShareRecord, Territory } from './records.ts';

/** AWS's one permission for images, and its pair of actions. */
const defaultPermissionName = 'AWSRAMDefaultPermissionImageBuilderImage';
const defaultActions = ['imagebuilder:GetImage', 'imagebuilder:ListImages'] as const;

/** All accounts and Regions: the records, the indexes over them, and what will happen by itself. */
export class World {
  readonly images = new Map<string, ImageRecord>();
  readonly shares = new Map<string, ShareRecord>();
  readonly invitations = new Map<string, InvitationRecord>();
  readonly #territories = new Map<string, Territory>();
  readonly #sharesByAudience = new Map<string, Set<ShareRecord>>();
  readonly #invitationsByParty = new Map<string, Set<InvitationRecord>>();
  readonly #transitions = new Transitions();
  readonly #clock: SimulatorClock;
  readonly #touched = new Set<ImageRecord>();
  readonly #onTouched: (world: World, image: ImageRecord) => void;
  #instant: number;
  settings: Settings;
  behaviour: Behaviour;

  constructor(settings: Settings, clock: SimulatorClock, onTouched: (world: World, image: ImageRecord) => void) {
    this.settings = settings;
    this.behaviour = behaviourOf(settings);
    this.#clock = clock;
    this.#instant = clock.now();
    this.#onTouched = onTouched;
  }

  /** The instant at which the current call or transition happens. */
  get instant(): number {
    return this.#instant;
  }

  useSettings(settings: Settings): void {
    this.settings = settings;
    this.behaviour = behaviourOf(settings);
  }

  /** What an account has in a Region; made when first asked for. */
  territory(account: string, region: string): Territory {
    const key = `${account}/${region}`;
    const known = this.#territories.get(key);
    if (known !== undefined) return known;
    const territory: Territory = {
      account,
      region,
      images: new Map(),
      imagesByVersion: new Map(),
      shares: new Set(),
      permissions: new Map(),
      policyPermissions: new Map(),
      defaultPermission: awsPermission(region, this.#instant),
      pendingInvitations: new Set(),
      answersByToken: new Map(),
    };
    this.#territories.set(key, territory);
    return territory;
  }

  addImage(image: ImageRecord): void {
    const territory = this.territory(image.account, image.region);
    this.images.set(image.arn, image);
    territory.images.set(image.arn, image);
    addTo(territory.imagesByVersion, image.versionArn, image);
    this.touch(image);
  }

  removeImage(image: ImageRecord): void {
    const territory = this.territory(image.account, image.region);
    this.images.delete(image.arn);
    territory.images.delete(image.arn);
    const builds = territory.imagesByVersion.get(image.versionArn);
    builds?.delete(image);
    if (builds?.size === 0) territory.imagesByVersion.delete(image.versionArn);
  }

  addShare(share: ShareRecord): void {
    this.shares.set(share.arn, share);
    this.territory(share.owner, share.region).shares.add(share);
  }

  /** Lets the share be found by those whom the principal stands for. */
  indexAudience(share: ShareRecord, audience: string): void {
    addTo(this.#sharesByAudience, `${audience}/${share.region}`, share);
  }

  sharesForAudience(audience: string, region: string): Iterable<ShareRecord> {
    return this.#sharesByAudience.get(`${audience}/${region}`) ?? [];
  }

  addInvitation(invitation: InvitationRecord): void {
    this.invitations.set(invitation.arn, invitation);
    const { receiver, share } = invitation;
    addTo(this.#invitationsByParty, `to ${receiver}/${share.region}`, invitation);
    addTo(this.#invitationsByParty, `from ${share.owner}/${share.region}`, invitation);
    this.territory(invitation.share.owner, invitation.share.region).pendingInvitations.add(invitation);
  }

  invitationsFor(receiver: string, region: string): Iterable<InvitationRecord> {
    return this.#invitationsByParty.get(`to ${receiver}/${region}`) ?? [];
  }

  invitationsFrom(sender: string, region: string): Iterable<InvitationRecord> {
    return this.#invitationsByParty.get(`from ${sender}/${region}`) ?? [];
  }

  newRamArn(region: string, account: string, kind: 'resource-share' | 'resource-share-invitation'): string {
    return `arn:${partitionOf(region)}:ram:${region}:${account}:${kind}/${randomUUID()}`;
  }

  /** Plans an effect for after the lag. An expiry is not settled: only time brings it about. */
  after(lagMs: number, run: () => void, options: { readonly isSettled?: boolean } = {}): void {
    this.#transitions.plan(this.#instant + lagMs, run, options);
  }

  /** Notes that who has access to the image may have changed. */
  touch(image: ImageRecord): void {
    this.#touched.add(image);
  }

  touchShare(share: ShareRecord): void {
    for (const arn of share.resources.keys()) {
      const image = this.images.get(arn);
      if (image !== undefined) this.#touched.add(image);
    }
  }

  /** Brings the world to the present: all that fell due happens, each at its own instant. */
  catchUp(): void {
    const now = this.#clock.now();
    this.noteAccess();
    for (let due = this.#transitions.takeDue(now); due !== undefined; due = this.#transitions.takeDue(now)) {
      this.#instant = due.dueAt;
      due.run();
      this.noteAccess();
    }
    this.#instant = now;
  }

  /** Lets everything that is under way end now, and what follows from it; expiries stay where they are. */
  settle(): void {
    this.catchUp();
    for (let due = this.#transitions.takeSettled(); due.length > 0; due = this.#transitions.takeSettled()) {
      for (const run of due) {
        run();
        this.noteAccess();
      }
    }
  }

  /** Hands every touched image on, once. */
  noteAccess(): void {
    for (const image of this.#touched) this.#onTouched(this, image);
    this.#touched.clear();
  }
}

function addTo<Value>(index: Map<string, Set<Value>>, key: string, value: Value): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, new Set([value]));
  else known.add(value);
}

function awsPermission(region: string, at: number): PermissionRecord {
  return {
    arn: `arn:${partitionOf(region)}:ram::aws:permission/${defaultPermissionName}`,
    name: defaultPermissionName,
    owner: undefined,
    content: permissionContent(defaultActions),
    featureSet: 'STANDARD',
    createdAt: at,
    tags: new Map(),
    shares: new Set(),
  };
}
