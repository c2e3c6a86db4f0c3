import type { ThrottledCalls } from './throttled.ts';

/** Who has to act when this happens. */
export type Fault = 'input' | 'access' | 'state' | 'aws' | 'temporal' | 'person' | 'internal';

/**
 * How a failure is retried; the delays and budgets of each class stand in `retry.ts`.
 * `never` ends the step, and compensation follows where something was written.
 */
export type RetryClass =
  'throttled' | 'unavailable' | 'server-error' | 'not-yet' | 'expired-credentials' | 'state-conflict' | 'never';

/** What the registry knows of a code; `docs/errors.md` is generated from it. */
export interface ErrorEntry {
  readonly fault: Fault;
  readonly retry: RetryClass;
  /** Exit code of a command that ends with this error. */
  readonly exitCode: number;
  /** What happened, without the item. */
  readonly title: string;
  /** What to do now. */
  readonly hint: string;
}

const entries = {
  // Input: wrong usage, manifests, policies, files.
  'usage-wrong': {
    fault: 'input',
    retry: 'never',
    exitCode: 64,
    title: 'The command line is wrong',
    hint: 'Run the command with --help; it shows every option and an example.',
  },
  'output-unwritable': {
    fault: 'input',
    retry: 'never',
    exitCode: 1,
    title: 'The output cannot be written',
    hint: 'Free the disk, or give another file; what was asked for may have been done: see `policy-rollout status ROLLOUT`.',
  },
  'confirmation-missing': {
    fault: 'input',
    retry: 'never',
    exitCode: 64,
    title: 'A change needs a yes',
    hint: 'Add --yes where nobody can be asked.',
  },
  'manifest-invalid': {
    fault: 'input',
    retry: 'never',
    exitCode: 65,
    title: 'The manifest is not valid',
    hint: 'Mend every place that is listed; `policy-rollout schema` prints the JSON Schema.',
  },
  'image-arn-invalid': {
    fault: 'input',
    retry: 'never',
    exitCode: 65,
    title: 'An image ARN does not name an image build',
    hint: 'Give the build version, …:image/name/1.2.3/4: a version without the last number cannot carry a policy.',
  },
  'policy-invalid': {
    fault: 'input',
    retry: 'never',
    exitCode: 65,
    title: 'The image policy is not valid',
    hint: 'Mend every place that is listed; `policy-rollout validate` checks again without writing.',
  },
  'limits-invalid': {
    fault: 'input',
    retry: 'never',
    exitCode: 65,
    title: "The file of the worker's limits is not valid",
    hint: 'Mend every place that is listed in the file that POLICY_ROLLOUT_LIMITS names.',
  },
  'codec-keys-invalid': {
    fault: 'input',
    retry: 'never',
    exitCode: 65,
    title: 'The file of payload keys is not valid',
    hint: 'Mend every line that is listed in the file that POLICY_ROLLOUT_CODEC_KEYS names.',
  },
  'payload-too-large': {
    fault: 'input',
    retry: 'never',
    exitCode: 65,
    title: 'The rollout does not fit into one Temporal payload',
    hint: 'Split the manifest into rollouts of fewer images.',
  },
  'file-not-found': {
    fault: 'input',
    retry: 'never',
    exitCode: 66,
    title: 'A file cannot be read',
    hint: 'Check the path; relative paths start at the folder of the manifest.',
  },
  'rollout-not-found': {
    fault: 'input',
    retry: 'never',
    exitCode: 66,
    title: 'There is no such rollout',
    hint: 'Check the name and TEMPORAL_NAMESPACE; finished rollouts are kept for the retention of the namespace.',
  },
  'schedule-not-found': {
    fault: 'input',
    retry: 'never',
    exitCode: 66,
    title: 'There is no such schedule',
    hint: 'Check the name with `policy-rollout schedule list`, and TEMPORAL_NAMESPACE.',
  },
  'schedule-exists': {
    fault: 'input',
    retry: 'never',
    exitCode: 64,
    title: 'There is a schedule of this name already',
    hint: 'Give it the manifest with `policy-rollout schedule update NAME`, or choose another name.',
  },
  'schedule-times-invalid': {
    fault: 'input',
    retry: 'never',
    exitCode: 64,
    title: 'The times of a schedule are not valid',
    hint: 'Mend the cron expression, the interval, the calendar or the time zone that is named.',
  },
  'selection-empty': {
    fault: 'input',
    retry: 'never',
    exitCode: 66,
    title: 'No image is selected',
    hint: 'Check images.include and images.exclude of the manifest.',
  },
  // Refused before the first write.
  'guardrail-violated': {
    fault: 'person',
    retry: 'never',
    exitCode: 7,
    title: 'A guardrail of the manifest forbids this',
    hint: 'Change the policy or the images, or the guardrail in the manifest.',
  },
  'limits-exceeded': {
    fault: 'person',
    retry: 'never',
    exitCode: 7,
    title: "The worker's own limits forbid this",
    hint: 'Ask the owner of the worker to widen the file that POLICY_ROLLOUT_LIMITS names; no manifest can override it.',
  },
  'rollout-running': {
    fault: 'state',
    retry: 'never',
    exitCode: 7,
    title: 'Another rollout of this name is running',
    hint: 'Follow it with `policy-rollout watch NAME`, or wait for its end.',
  },
  'images-blocked': {
    fault: 'state',
    retry: 'never',
    exitCode: 7,
    title: 'Some images cannot be changed, so nothing was written',
    hint: 'See the reason of each image; --skip-blocked goes on without them.',
  },
  'baselines-invalid': {
    fault: 'input',
    retry: 'never',
    exitCode: 65,
    title: 'The file of baselines is not one that can be undone from',
    hint: 'Take the file as `policy-rollout report ROLLOUT --with-baselines --out FILE` made it; it is not edited by hand.',
  },
  'plan-invalid': {
    fault: 'input',
    retry: 'never',
    exitCode: 65,
    title: 'The plan file is not one that can be applied',
    hint: 'Make a new one with `policy-rollout plan MANIFEST --out plan.json`; a plan is not edited by hand.',
  },
  'plan-expired': {
    fault: 'state',
    retry: 'never',
    exitCode: 7,
    title: 'The plan is too old',
    hint: 'Plan anew and look at it, or say with --max-age how old a plan may be.',
  },
  'plan-stale': {
    fault: 'state',
    retry: 'never',
    exitCode: 7,
    title: 'The image has changed since the plan was made',
    hint: 'Plan anew to see what it would be now, or apply with --replan to decide anew for each such image.',
  },
  'change-irreversible': {
    fault: 'person',
    retry: 'never',
    exitCode: 7,
    title: 'An account outside the organisation would lose access that it had accepted',
    hint: 'It would have to accept a new invitation to get it back; --allow-irreversible goes on.',
  },
  'image-held': {
    fault: 'person',
    retry: 'never',
    exitCode: 7,
    title: 'A hold stands against the change',
    hint: 'Ask whoever holds it (`policy-rollout holds list`); `--override hold --reason TEXT` goes on in spite of it.',
  },
  'message-invalid': {
    fault: 'input',
    retry: 'never',
    exitCode: 64,
    title: 'A message to a workflow is not of its form',
    hint: 'Nothing was changed by it; send it again in the form that is named.',
  },
  'start-invalid': {
    fault: 'input',
    retry: 'never',
    exitCode: 65,
    title: 'A workflow was started with an input, or under an id, that it cannot take',
    hint: 'Nothing was written; start rollouts with `policy-rollout apply`, and single images with `policy-rollout image`.',
  },
  'hold-exists': {
    fault: 'input',
    retry: 'never',
    exitCode: 64,
    title: 'Another hold has this name',
    hint: 'Give another name, or remove that hold first with `policy-rollout holds remove NAME --reason TEXT`.',
  },
  'holds-full': {
    fault: 'input',
    retry: 'never',
    exitCode: 64,
    title: 'There are too many holds',
    hint: 'Remove holds that nobody needs, or hold many images by one pattern.',
  },
  'hold-not-found': {
    fault: 'input',
    retry: 'never',
    exitCode: 66,
    title: 'There is no such hold',
    hint: 'See the names with `policy-rollout holds list`.',
  },
  // State of one image.
  'image-gone': {
    fault: 'state',
    retry: 'never',
    exitCode: 3,
    title: 'The image does not exist',
    hint: 'Take the image out of the manifest, or check its account and Region.',
  },
  'image-not-available': {
    fault: 'state',
    retry: 'never',
    exitCode: 3,
    title: 'The image is not AVAILABLE',
    hint: 'Wait until its build has ended, then roll out again.',
  },
  'image-busy': {
    fault: 'state',
    retry: 'not-yet',
    exitCode: 3,
    title: 'Something is in transition at the image',
    hint: 'Wait until the share is ACTIVE and every association has settled in the RAM console, then roll out again.',
  },
  'image-locked': {
    fault: 'state',
    retry: 'not-yet',
    exitCode: 3,
    title: 'Another rollout is working on the image',
    hint: 'Wait for its end; strategy.onConflict says what to do in this case.',
  },
  'share-not-ours': {
    fault: 'state',
    retry: 'never',
    exitCode: 3,
    title: 'A resource share that this tool did not make covers the image',
    hint: 'Remove the image from that share, or set guardrails.foreignShares to leave or adopt.',
  },
  'share-covers-others': {
    fault: 'state',
    retry: 'never',
    exitCode: 3,
    title: 'The share of the image also covers other resources',
    hint: 'Take the other resources out of the share: changing its principals would change their access too.',
  },
  'baseline-lost': {
    fault: 'state',
    retry: 'never',
    exitCode: 3,
    title: 'The baseline of the image is not known any more',
    hint: 'The retention of the namespace has passed; undo from a file made earlier by `policy-rollout report --with-baselines`.',
  },
  'policy-changed-meanwhile': {
    fault: 'state',
    retry: 'never',
    exitCode: 3,
    title: 'Somebody else changed the access to the image during the rollout',
    hint: 'Find out who (CloudTrail: PutImagePolicy, AssociateResourceShare), then roll out again.',
  },
  'share-not-found': {
    fault: 'aws',
    retry: 'not-yet',
    exitCode: 3,
    title: 'RAM shows no resource share for the policy',
    hint: 'Look for the image under "Shared by me" in the RAM console, then roll out again.',
  },
  'promotion-pending': {
    fault: 'aws',
    retry: 'not-yet',
    exitCode: 3,
    title: 'The promotion of the share has not ended',
    hint: 'Nothing yet: it is read again until it ends or its time is over.',
  },
  'promotion-stuck': {
    fault: 'aws',
    retry: 'never',
    exitCode: 3,
    title: 'The promotion of the share does not come to an end',
    hint: 'Open a case with AWS for the share: while it is PROMOTING_TO_STANDARD it can be neither changed nor deleted.',
  },
  'promotion-refused': {
    fault: 'aws',
    retry: 'never',
    exitCode: 3,
    title: 'RAM refuses to promote the share',
    hint: 'Check the policy: role principals, wildcards and organisation conditions may not be promotable.',
  },
  'permission-unmatched': {
    fault: 'aws',
    retry: 'not-yet',
    exitCode: 3,
    title: 'No managed permission equals the one of the share yet',
    hint: 'Nothing yet: the permission is promoted first, then the share.',
  },
  'permission-quota': {
    fault: 'access',
    retry: 'never',
    exitCode: 3,
    title: 'The quota of customer managed permissions is used up',
    hint: 'Delete an unused permission of imagebuilder:Image in RAM, or use the pair GetImage + ListImages, which RAM has.',
  },
  'share-failed': {
    fault: 'aws',
    retry: 'never',
    exitCode: 3,
    title: 'The resource share is FAILED',
    hint: 'Read its status message in the RAM console, mend the cause, then roll out again.',
  },
  'share-gone': {
    fault: 'state',
    retry: 'never',
    exitCode: 5,
    title: 'A share that existed before the rollout is gone',
    hint: 'Make it anew with the commands of the runbook.',
  },
  'principal-not-promotable': {
    fault: 'input',
    retry: 'never',
    exitCode: 65,
    title: 'Customer managed permissions do not take this principal or condition',
    hint: 'Name accounts instead, or share with the organisation through a resource share in RAM.',
  },
  'not-in-sync': {
    fault: 'aws',
    retry: 'not-yet',
    exitCode: 3,
    title: 'AWS does not show the wanted access yet',
    hint: 'Nothing yet: it is read again until it shows or its time is over.',
  },
  'not-visible': {
    fault: 'aws',
    retry: 'never',
    exitCode: 3,
    title: 'A principal does not see the image',
    hint: 'Check that the account is active and in the organisation; what was written stays, so a redrive proves it again.',
  },
  'policy-not-erasable': {
    fault: 'aws',
    retry: 'never',
    exitCode: 5,
    title: 'Image Builder does not take an empty policy',
    hint: 'The access stays until a person removes it: see the runbook.',
  },
  'changed-by-another': {
    fault: 'person',
    retry: 'never',
    exitCode: 5,
    title: 'Somebody else changed the image, so nothing was undone',
    hint: 'Compare the live policy with the baseline in the runbook, and decide which one holds.',
  },
  'compensation-timed-out': {
    fault: 'person',
    retry: 'never',
    exitCode: 5,
    title: 'The undo did not end in its time',
    hint: 'Follow the runbook of the image.',
  },
  'tolerance-exceeded': {
    fault: 'state',
    retry: 'never',
    exitCode: 4,
    title: 'More images failed than strategy.failureToleranceCount allows',
    hint: 'Mend the cause that the failures name, then apply the manifest again: images in sync are left alone.',
  },
  'rollout-terminated': {
    fault: 'person',
    retry: 'never',
    exitCode: 4,
    title: 'A workflow of the rollout was ended from outside, at once',
    hint: 'Images in flight finish or go back by themselves; `policy-rollout redrive ROLLOUT --reason TEXT` runs what is left.',
  },
  'image-terminated': {
    fault: 'person',
    retry: 'never',
    exitCode: 5,
    title: 'The workflow of the image was ended from outside, at once',
    hint: 'What it had written stays; `policy-rollout redrive ROLLOUT --reason TEXT` brings it to its end, and `undo` back.',
  },
  'rollout-rejected': {
    fault: 'person',
    retry: 'never',
    exitCode: 4,
    title: 'The wave was rejected, or nobody approved it in time',
    hint: 'Mend what was wrong with the wave, then apply the manifest again: images in sync are left alone.',
  },
  cancelled: {
    fault: 'person',
    retry: 'never',
    exitCode: 4,
    title: 'The rollout was cancelled',
    hint: 'Apply the manifest again to go on: images in sync are left alone.',
  },
  'nothing-awaited': {
    fault: 'input',
    retry: 'never',
    exitCode: 64,
    title: 'The rollout waits for no such answer',
    hint: 'See what it waits for with `policy-rollout status NAME`.',
  },
  'rollout-finished': {
    fault: 'input',
    retry: 'never',
    exitCode: 64,
    title: 'The rollout has ended, or is about to',
    hint: 'Nothing can be asked of it any more; `policy-rollout redrive NAME --reason TEXT` runs again what did not succeed.',
  },
  // AWS in general.
  'aws-throttled': {
    fault: 'aws',
    retry: 'throttled',
    exitCode: 69,
    title: 'AWS asks for fewer calls',
    hint: 'Nothing: the pace is lowered and the call is repeated; lower the concurrency if it stays so.',
  },
  'aws-unavailable': {
    fault: 'aws',
    retry: 'unavailable',
    exitCode: 69,
    title: 'AWS cannot be reached or is unavailable',
    hint: 'Check the network, the proxy and AWS_ENDPOINT_URL_*; then roll out again.',
  },
  'aws-server-error': {
    fault: 'aws',
    retry: 'server-error',
    exitCode: 69,
    title: 'AWS answers with an internal error',
    hint: 'Roll out again later; give the request id to AWS support if it stays so.',
  },
  'aws-credentials-expired': {
    fault: 'access',
    retry: 'expired-credentials',
    exitCode: 69,
    title: 'The AWS credentials have expired',
    hint: 'Renew the credentials of the worker, then roll out again.',
  },
  'aws-credentials-missing': {
    fault: 'access',
    retry: 'never',
    exitCode: 69,
    title: 'The worker has no AWS credentials',
    hint: "Give the worker credentials through the SDK's own chain: environment, profile or role.",
  },
  'aws-access-denied': {
    fault: 'access',
    retry: 'never',
    exitCode: 3,
    title: 'AWS denies the call',
    hint: 'Allow the action to the role of the worker in the account, and check its trust policy and external id.',
  },
  'aws-request-invalid': {
    fault: 'aws',
    retry: 'never',
    exitCode: 3,
    title: 'AWS refuses the request',
    hint: 'Read the message of AWS; `policy-rollout validate` may show the cause.',
  },
  'aws-not-found': {
    fault: 'state',
    retry: 'never',
    exitCode: 3,
    title: 'AWS does not know the resource',
    hint: 'Check its account and Region; it may have been deleted in the meantime.',
  },
  'aws-not-there-yet': {
    fault: 'aws',
    retry: 'not-yet',
    exitCode: 3,
    title: 'RAM does not know the new resource yet',
    hint: 'Nothing yet: it is read again.',
  },
  'aws-quota': {
    fault: 'access',
    retry: 'never',
    exitCode: 3,
    title: 'A quota of the account is used up',
    hint: 'Raise the quota in Service Quotas, or free what is unused.',
  },
  'aws-state-conflict': {
    fault: 'aws',
    retry: 'state-conflict',
    exitCode: 3,
    title: 'The state of the resource does not allow the call now',
    hint: 'Nothing yet: the state is read again and decided anew.',
  },
  'aws-returned-false': {
    fault: 'aws',
    retry: 'server-error',
    exitCode: 3,
    title: 'RAM answered returnValue false',
    hint: 'Roll out again; give the request id to AWS support if it stays so.',
  },
  'aws-unknown': {
    fault: 'aws',
    retry: 'server-error',
    exitCode: 3,
    title: 'AWS answered with an error that is not known',
    hint: 'Read the message of AWS; report the name of the error to this project.',
  },
  // Temporal.
  'temporal-unreachable': {
    fault: 'temporal',
    retry: 'never',
    exitCode: 69,
    title: 'Temporal cannot be reached',
    hint: 'Check TEMPORAL_ADDRESS and that the server runs; `temporal server start-dev` starts one for development.',
  },
  'temporal-namespace-missing': {
    fault: 'temporal',
    retry: 'never',
    exitCode: 69,
    title: 'The Temporal namespace does not exist',
    hint: 'Check TEMPORAL_NAMESPACE, or make it with `temporal operator namespace create`.',
  },
  'temporal-attributes-missing': {
    fault: 'temporal',
    retry: 'never',
    exitCode: 69,
    title: 'The namespace lacks search attributes, or they have another type',
    hint: 'Run `policy-rollout setup` once for this namespace.',
  },
  'no-worker': {
    fault: 'temporal',
    retry: 'never',
    exitCode: 69,
    title: 'No worker polls the task queue',
    hint: 'Start one with `policy-rollout worker`, or check POLICY_ROLLOUT_TASK_QUEUE.',
  },
  'payload-undecryptable': {
    fault: 'temporal',
    retry: 'never',
    exitCode: 69,
    title: 'A payload of a workflow cannot be decrypted',
    hint: 'List the key with this id in the file that POLICY_ROLLOUT_CODEC_KEYS names; keep old keys below the new one.',
  },
  'wait-timed-out': {
    fault: 'person',
    retry: 'never',
    exitCode: 6,
    title: 'The rollout goes on, but the time to wait for it is over',
    hint: 'Follow it with `policy-rollout watch NAME`.',
  },
  internal: {
    fault: 'internal',
    retry: 'never',
    exitCode: 1,
    title: 'An unexpected error',
    hint: 'Please report it with the text above.',
  },
} as const satisfies Record<string, ErrorEntry>;

/** Every way to fail. Callers branch on the code, never on a text or a class. */
export type ErrorCode = keyof typeof entries;

/** The registry of codes: retries, exit codes, hints and docs come from here. */
export const errorCodes: Readonly<Record<ErrorCode, ErrorEntry>> = entries;

/** Whether a text, such as the type of a Temporal failure, is one of our codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(entries, text);
}

/** One thing wrong with an input, at its place. */
export interface Problem {
  readonly code: ErrorCode;
  readonly severity: 'error' | 'warning';
  /** Where: `file:line:column`, a path into the document, or an ARN. */
  readonly at: string;
  /** What is wrong. */
  readonly message: string;
  /** What would be right. */
  readonly fix: string;
}

/** What an {@link AppError} may carry besides its sentence. */
export interface ErrorContext {
  /** The item it happened to: an ARN, a file, a rollout. */
  readonly item?: string;
  readonly requestId?: string;
  /** Name that AWS gave the error. */
  readonly awsName?: string;
  /** How long to wait at least, as AWS asked, or as what is waited for takes. */
  readonly retryAfterMs?: number;
  /** Of a call that AWS throttled: which, and the pace after it. */
  readonly throttled?: ThrottledCalls;
  /** True where a write may have taken effect although no good answer came. */
  readonly isUnanswered?: boolean;
  /** Everything that is wrong with an input, in the order of the input. */
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

/** The one error class of the product: a code of the registry, and a sentence that says what happened to which item. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly context: ErrorContext;

  constructor(code: ErrorCode, detail: string, context: ErrorContext = {}) {
    super(detail, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = 'AppError';
    this.code = code;
    this.context = context;
  }
}
