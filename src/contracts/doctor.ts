import type { ImageArn } from '../domain/arn.ts';
import type { AccountFacts, WorkerFacts } from '../domain/doctor.ts';
import type { ImageOptions } from './image.ts';

/** One account and Region that a manifest touches, with one image of it. */
export interface AccountToExamine {
  readonly side: 'owner' | 'consumer';
  readonly account: string;
  /** Of the images. */
  readonly owner: { readonly account: string; readonly region: string; readonly partition: string };
  /** Null where the manifest names none there: its selections find them. */
  readonly image: ImageArn | null;
  /** The image's policy; null where nobody is wanted, and on a consumer's side. */
  readonly policyTemplate: string | null;
  readonly options: Pick<ImageOptions, 'ownerRoles' | 'consumerRoles'>;
}

/** Input of `examineSetup`. */
export interface SetupToExamine {
  readonly accounts: readonly AccountToExamine[];
}

/** Result of `examineSetup`. */
export interface ExaminedSetup {
  readonly worker: WorkerFacts;
  /** In the order of the input. */
  readonly accounts: readonly AccountFacts[];
}

/** The activities behind `policy-rollout doctor`: they only read. */
export interface DoctorActivities {
  readonly examineWorker: () => Promise<WorkerFacts>;
  readonly examineAccount: (account: AccountToExamine) => Promise<AccountFacts>;
}
