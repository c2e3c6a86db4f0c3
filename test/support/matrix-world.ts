import type { ImageInput } from '../../src/contracts/image.ts';
import type { ImageArn } from '../../src/domain/arn.ts';
import { formatImageArn } from '../../src/domain/arn.ts';
import { defaultTiming } from '../../src/domain/timing.ts';
import { sha256 } from '../../src/sha256.ts';
import type { Intervention } from '../../src/simulator/acts.ts';
import type { FaultRule } from '../../src/simulator/faults.ts';
import type { Seed, SeededPrincipal, SeededShare } from '../../src/simulator/seed.ts';
import type { Settings } from '../../src/simulator/settings.ts';
import {
  actionsOf,
  entityOf,
  lettersOf,
  consumerAccounts,
  organizationId,
  principalOf,
  templateOf,
} from './matrix-grants.ts';
import { failureOf, otherOf } from './matrix-failures.ts';
import type { MatrixRow, MatrixShare } from './matrix.ts';

const sharedAccount = '111111111111';

/** Longer than any call takes that is answered at all. */
export const requestTimeoutMs = 3_000;

/** Whether a row needs transitions that last until a cancel has arrived. */
export function isSlow({ reached }: MatrixRow): boolean {
  return reached.startsWith('cancelled');
}

/** The settings of a world for some rows. */
export function matrixSettings(rows: readonly MatrixRow[], slow: boolean): Partial<Settings> {
  const lagMs = slow ? 2_500 : 30;
  return {
    shareLagMs: lagMs,
    promotionLagMs: lagMs,
    associationLagMs: lagMs,
    organization: {
      id: organizationId,
      managementAccount: '999999999999',
      members: [...consumerAccounts, ...rows.map(accountOf)],
    },
  };
}

/** The image of a row. */
export function imageOf(row: MatrixRow): ImageArn {
  return formatImageArn({
    partition: 'aws',
    region: 'us-east-1',
    account: accountOf(row),
    name: row.id,
    version: '1.0.0',
    build: '1',
  });
}

/** What the workflow of a row is started with. */
export function inputOf(row: MatrixRow): ImageInput {
  const { wanted, options = {} } = row;
  const template = templateOf(wanted.also === undefined ? [wanted] : [wanted, wanted.also]);
  const account = accountOf(row);
  const isProvenByConsumer = failureOf(row.reached).isCancelledInVerification === true;
  return {
    image: imageOf(row),
    rolloutName: 'matrix',
    policy: { sha256: sha256(template ?? ''), template },
    options: {
      foreignShares: options.foreignShares ?? 'block',
      onNotVisible: options.onNotVisible ?? 'keep',
      ownerRoles: account === sharedAccount ? {} : { [account]: { roleArn: `arn:aws:iam::${account}:role/rollout` } },
      consumerRoles: isProvenByConsumer
        ? { [principalOf('A')]: { roleArn: `arn:aws:iam::${principalOf('A')}:role/reader` } }
        : {},
      timing: {
        ...defaultTiming,
        busyTimeoutMs: 1_500,
        promotionTimeoutMs: isSlow(row) ? 30_000 : 4_000,
        verificationTimeoutMs: isSlow(row) ? 30_000 : 3_000,
        settleMs: isSlow(row) ? 3_000 : 300,
        // Who accepts at the sight of a look is seen by the next one.
        acceptanceGraceMs: isSlow(row) || row.other.includes('accepts') ? 6_000 : 1_000,
        stuckAfterMs: isSlow(row) ? 30_000 : 4_000,
        unansweredMs: requestTimeoutMs + 200,
        restoreTimeoutMs: 45_000,
      },
    },
  };
}

/** What there is before some rows begin. */
export function seedOf(rows: readonly MatrixRow[]): Seed {
  const seeds = rows.map(rowSeed);
  const accounts = [...new Set(rows.map(accountOf))];
  const getOnly = accounts.map((account) => ({
    account,
    region: 'us-east-1',
    name: 'get-only',
    actions: ['imagebuilder:GetImage'],
  }));
  return {
    images: seeds.flatMap(({ images = [] }) => images),
    permissions: [...getOnly, ...seeds.flatMap(({ permissions = [] }) => permissions)],
    shares: seeds.flatMap(({ shares = [] }) => shares),
  };
}

function rowSeed(row: MatrixRow): Seed {
  const arn = imageOf(row);
  const { policy, shares = [] } = row.baseline;
  const { behaviour, isQuotaUsedUp } = failureOf(row.reached);
  const place = { account: accountOf(row), region: 'us-east-1' };
  const template = policy === undefined ? null : templateOf([policy]);
  return {
    images: [
      { arn, ...(template !== null && { policy: template }), ...(behaviour !== undefined && { behaviour }) },
      { arn: besideOf(arn) },
    ],
    permissions: [
      ...(isQuotaUsedUp === true
        ? Array.from({ length: 9 }, (_, index) => ({
            ...place,
            name: `of-others-${index}`,
            actions: ['imagebuilder:GetImage', `imagebuilder:Other${index}`],
          }))
        : []),
    ],
    shares: shares.map((share) => seededShare(share, arn)),
  };
}

/** The faults that strike a row. */
export function faultsOf(row: MatrixRow): readonly FaultRule[] {
  const { faults = [], isCancelledInVerification } = failureOf(row.reached);
  const struck = faults.map((fault) => ({ ...fault, image: imageOf(row) }));
  // Asked by a consumer, and by nobody else.
  const isHeld = isCancelledInVerification === true;
  return isHeld
    ? [...struck, { operation: 'ListImageBuildVersions', answer: { kind: 'delay', durationMs: 2_500 } }]
    : struck;
}

/** What somebody else does to the image of a row. */
export function interventionsOf(row: MatrixRow): readonly Intervention[] {
  const other = otherOf(row.other);
  const image = imageOf(row);
  return other === null ? [] : [{ ...other, image, act: actOn(other.act, image) }];
}

function actOn(act: Intervention['act'], image: string): Intervention['act'] {
  return act.kind === 'call' || act.kind === 'accept-invitations' ? act : { ...act, image };
}

function seededShare(share: MatrixShare, arn: string): SeededShare {
  const stuck: SeededPrincipal[] = [
    ...(share.invited === undefined ? [] : [{ id: principalOf(share.invited), status: 'ASSOCIATING' as const }]),
    ...(share.leaving === undefined ? [] : [{ id: principalOf(share.leaving), status: 'DISASSOCIATING' as const }]),
  ];
  return {
    images: share.alsoForAnotherImage === true ? [arn, besideOf(arn)] : [arn],
    principals: [...lettersOf(share.to).map(entityOf), ...stuck],
    ...(share.of === 'us' && { tags: { 'policy-rollout:rollout': 'earlier' } }),
    ...(actionsOf(share).length === 1 && { permissionName: 'get-only' }),
    ...(share.featureSet !== undefined && { featureSet: share.featureSet }),
  };
}

/** Another image of the same owner, which no rollout touches. */
function besideOf(arn: string): string {
  return arn.replace(/1\.0\.0\/1$/, '2.0.0/1');
}

// Managed permissions are the account's: where one must be missing, no other row may make it.
function accountOf({ id, reached }: MatrixRow): string {
  if (failureOf(reached).behaviour?.permission !== 'unmatched') return sharedAccount;
  const digits = Number.parseInt(sha256(id).slice(0, 10), 16) % 1e9;
  return `700${String(digits).padStart(9, '0')}`;
}
