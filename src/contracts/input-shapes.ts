import type { Shape } from '../domain/shape.ts';
import {
  aCount,
  aFlag,
  aListOf,
  anObject,
  aNumberIn,
  anyOf,
  aRecordOf,
  aText,
  aTime,
  oneOf,
  orNull,
} from '../domain/shape.ts';
import { aBatchLimit, aLedger, anImageArn, anImageSet, aRolloutName, rateLimits, textRecord } from './value-shapes.ts';

// Anybody who may talk to the cluster can start a workflow by hand. What these let pass does not stop one in mid-work;
// whether it is right is for the activities to judge.

const texts = aListOf(aText());
const anyNumber = aNumberIn(0, Number.POSITIVE_INFINITY);
const aPercentage = aNumberIn(0, 100);
const roles = aRecordOf(anObject({ roleArn: aText() }));

const options = anObject(
  {
    foreignShares: oneOf('block', 'leave', 'adopt'),
    onNotVisible: oneOf('keep', 'restore'),
    ownerRoles: roles,
    consumerRoles: roles,
    timing: aRecordOf(anyNumber),
  },
  { rateLimits },
);

const policy = anyOf(
  anObject({ withoutPrincipal: aText() }),
  anObject({ sha256: aText(), template: orNull(aText()) }),
  anObject({ sha256: aText(), workflowId: aText(), runId: aText() }),
);

const earlier = anObject({ kind: oneOf('redrive', 'undo'), rolloutName: aText(), since: aTime });

/** See `ImageInput`. */
export const imageInput = anObject(
  { image: anImageArn, rolloutName: aText(), policy, options },
  { earlier, hasWaited: aFlag, reason: aText() },
);

/** See `BatchInput`. */
export const batchInput = anObject(
  {
    rolloutName: aText(),
    waveName: aText(),
    images: anImageSet,
    policy,
    options,
    onConflict: oneOf('wait', 'skip', 'fail'),
    limit: aBatchLimit,
    manifestSha256: aText(),
    root: anObject({ workflowId: aText(), runId: aText() }),
  },
  { earlier },
);

const selection = anObject({
  account: aText(),
  regions: texts,
  partition: aText(),
  name: aText(),
  version: aText(),
  build: oneOf('latest', 'all'),
  minAgeMs: anyNumber,
  tags: textRecord,
});

const guardrails = anObject(
  { allowWildcardPrincipal: aFlag, maxImages: anyNumber, maxChangedPercentage: aPercentage, requiredTags: textRecord },
  { allowedAccounts: texts, allowedOrganizations: texts },
);

const wave = anObject(
  { name: aRolloutName },
  {
    match: anObject({}, { names: texts, accounts: texts, regions: texts, tags: textRecord }),
    count: anyNumber,
    percentage: aPercentage,
    soakMs: anyNumber,
    approval: anObject({ required: aCount(1), timeoutMs: anyNumber }),
    failureToleranceCount: aCount(),
  },
);

const amount = anyOf(anObject({ percentage: aPercentage }), anObject({ count: aCount() }));

const strategy = anObject({
  waves: aListOf(wave, 1),
  maxConcurrent: amount,
  failureTolerance: amount,
  concurrencyMode: oneOf('SOFT_FAILURE_TOLERANCE', 'STRICT_FAILURE_TOLERANCE'),
  onConflict: oneOf('wait', 'skip', 'fail'),
});

const spec = anObject(
  {
    rolloutName: aRolloutName,
    policyTemplate: orNull(aText()),
    policySha256: aText(),
    images: anImageSet,
    selections: aListOf(selection),
    exclude: texts,
    guardrails,
    strategy,
    options,
    manifestSha256: aText(),
  },
  { accountNames: textRecord },
);

const origin = anObject(
  { startedBy: aText(), annotations: textRecord, isSkippingBlocked: aFlag, isEmptyAllowed: aFlag, overrides: texts },
  { reason: aText(), isIrreversibleAllowed: aFlag },
);

const revocation = anObject({ principal: aText() });

/** See `RolloutInput`. */
export const rolloutInput = anObject(
  { spec, origin },
  {
    redrive: anObject({ count: aCount(), previousRunId: aText(), since: aTime, keptCounts: aRecordOf(aCount()) }),
    undo: anObject({ rolloutName: aText(), since: aTime }),
    revocation,
    plan: anObject({ planSha256: aText(), fingerprints: texts, isReplanning: aFlag }),
  },
);

/** See `PlanInput`. */
export const planInput = anObject(
  { purpose: oneOf('plan', 'drift', 'verify', 'schedule'), spec, origin },
  { revocation },
);

/** See `ScheduleInput`. */
export const scheduleInput = anObject({
  scheduleName: aRolloutName,
  spec,
  rules: anObject({ mode: oneOf('detect', 'share-new', 'repair'), isRegranting: aFlag }, { maxChanges: anyNumber }),
  times: anObject({}),
  createdBy: aText(),
  since: aTime,
});

/** See `HoldsInput`. Whatever was held before stays held. */
export const holdsInput = anObject({
  holds: aListOf(anObject({ name: aText(), reason: aText(), who: aText(), since: aText() })),
});

/** See `LedgerInput`. */
export const ledgerInput = anObject({ rolloutName: aText(), ledger: aLedger });

/** See `SetupToExamine`. */
export const setupToExamine = anObject({ accounts: aListOf(anObject({ side: oneOf('owner', 'consumer') })) });

/** The list that `keepBaselines` takes, see `KeptBaseline`. */
export const keptBaselines: Shape = aListOf(anObject({ imageArn: anImageArn, baseline: anObject({}) }));
