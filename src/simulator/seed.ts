import type { ImageBehaviour, LaunchPermission } from './world/records.ts';

/** A principal of a seeded share. */
export type SeededPrincipal = {
  readonly id: string;
  /** It stays like this until somebody acts. ASSOCIATING of an account outside the organisation comes with an invitation. */
  readonly status: 'ASSOCIATING' | 'ASSOCIATED' | 'FAILED' | 'DISASSOCIATING' | 'SUSPENDED';
};

/** An image build that exists from the start. */
export type SeededImage = {
  readonly arn: string;
  /** By default AVAILABLE. */
  readonly status?: string;
  /** ISO text; by default the time of seeding. */
  readonly dateCreated?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** A policy that was put and not promoted: its share is there. `${imageArn}` stands for the image. */
  readonly policy?: string;
  /** Who may launch the AMI, as the image's distribution in its own Region says; absent: all, and no distribution is shown. */
  readonly launchPermission?: LaunchPermission;
  readonly behaviour?: ImageBehaviour;
};

/** A resource share that exists from the start, of the account and Region of its images. */
export type SeededShare = {
  readonly images: readonly string[];
  /** Texts are ASSOCIATED. */
  readonly principals: readonly (string | SeededPrincipal)[];
  readonly arn?: string;
  readonly name?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** By default STANDARD; PROMOTING_TO_STANDARD never ends by itself. */
  readonly featureSet?: 'STANDARD' | 'PROMOTING_TO_STANDARD';
  /** By default ACTIVE; PENDING never ends by itself. */
  readonly status?: 'ACTIVE' | 'PENDING' | 'FAILED';
  /** The status of its images in it, by default ASSOCIATED. */
  readonly imageStatus?: SeededPrincipal['status'];
  /** By default true. */
  readonly allowExternalPrincipals?: boolean;
  /** Name of a customer managed permission of the seed; absent: AWS's permission. */
  readonly permissionName?: string;
};

/** A customer managed permission that exists from the start. */
export type SeededPermission = {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly actions: readonly string[];
  readonly condition?: Readonly<Record<string, unknown>>;
};

/** What is there before the first call. */
export type Seed = {
  readonly images?: readonly SeededImage[];
  readonly permissions?: readonly SeededPermission[];
  readonly shares?: readonly SeededShare[];
};
