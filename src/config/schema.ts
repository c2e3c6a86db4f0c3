import { z } from 'zod';
import { defaultActions } from '../domain/policy.ts';
import { limitedOperations, rateLimitRange } from '../domain/rate-limits.ts';
import { defaultTiming, durationText } from '../domain/timing.ts';
import {
  accountField,
  accountNameField,
  actionField,
  countField,
  durationField,
  fileField,
  imageArnField,
  nameField,
  organizationField,
  principalField,
  roleArnField,
  tagsField,
} from './fields.ts';
import { selectionSchema } from './selection-schema.ts';
import { strategySchema } from './strategy-schema.ts';

const minuteMs = 60_000;

const roleSchema = z.strictObject({
  roleArn: roleArnField.describe('ARN of a role in this account, which trusts the worker.'),
});

const accountSchema = z
  .strictObject({
    name: accountNameField
      .exactOptional()
      .describe('What people call the account: plan and drift say it beside the id. 1 to 64 characters.'),
    roleArn: roleSchema.shape.roleArn.exactOptional(),
  })
  .refine((account) => Object.keys(account).length > 0, {
    message: 'has neither a name nor a roleArn',
    params: { fix: 'Write at least one of them, or take the account out.' },
    when: isObject,
  });

// A role in another account would prove, or change, something in that account.
function byAccount<Entry extends z.ZodType<{ readonly roleArn?: string }>>(entry: Entry) {
  return z.record(accountField, entry).superRefine((entries, context) => {
    for (const [account, { roleArn }] of Object.entries(entries)) {
      if (roleArn === undefined || roleArn.includes(`::${account}:`)) continue;
      const params = { fix: `Name a role of the account ${account}.` };
      context.addIssue({ code: 'custom', path: [account, 'roleArn'], message: 'is a role of another account', params });
    }
  });
}

function formsIn(policy: object): readonly string[] {
  return Object.keys(policy).filter((key) => ['principals', 'file', 'document'].includes(key));
}

// These rules are also told of a section in which something else is wrong.
function isObject({ value }: { readonly value: unknown }): boolean {
  return typeof value === 'object' && value !== null;
}

/** `policy`: whom the images are shared with. */
export const policySchema = z
  .strictObject({
    principals: z
      .array(principalField.describe('A quoted account id of 12 digits, or an ARN.'))
      .max(2000)
      .exactOptional()
      .describe(
        "Who sees the images: quoted account ids, ARNs of roles or users, or organisations and units of one (o-…, ou-… or their ARN). [] means nobody: what was shared is taken back. Write this, 'file' or 'document'.",
      ),
    actions: z
      .array(actionField.describe('An action of Image Builder, such as imagebuilder:GetImage.'))
      .min(1)
      .max(50)
      .exactOptional()
      .describe(`What the principals may do; by default ${defaultActions.join(' and ')}. Only beside principals.`),
    file: fileField
      .exactOptional()
      .describe(
        'Path of a whole policy document in JSON with ${imageArn} for the image, from the folder of the manifest.',
      ),
    document: z.record(z.string(), z.unknown()).exactOptional().describe('The same document, written here.'),
    principalKinds: z
      .array(z.enum(['organization']).describe('A kind of principal: organization.'))
      .default([])
      .describe(
        'Kinds of principal that you have tried although AWS does not promise that their shares can be promoted: organization.',
      ),
  })
  .refine((policy) => formsIn(policy).length === 1, {
    message: 'has to name one of principals, file and document',
    params: { fix: 'Write exactly one of them; principals: [] means nobody.' },
    when: isObject,
  })
  .refine((policy) => !('actions' in policy) || 'principals' in policy, {
    path: ['actions'],
    message: 'stands without principals',
    params: { fix: 'Take actions out: a document names its own.' },
    when: isObject,
  })
  .describe('Whom the images are shared with.');

/** `images`: which images are rolled out to. */
export const imagesSchema = z
  .strictObject({
    include: z
      .array(
        z
          .union([
            imageArnField,
            z
              .strictObject({
                file: fileField
                  .exactOptional()
                  .describe(
                    'Path of a file with one image ARN a line, from the folder of the manifest; # begins a comment.',
                  ),
                select: selectionSchema.exactOptional(),
              })
              .refine((entry) => Object.keys(entry).length === 1, {
                message: 'has to name either file or select',
                params: { fix: 'Write exactly one of them.' },
              }),
          ])
          .describe(
            'The ARN of an image build (…:image/name/1.2.3/4), { file: images.txt } with one ARN a line, or { select: … }.',
          ),
      )
      .min(1)
      .describe(
        'The images: ARNs of image builds (…:image/name/1.2.3/4), { file: images.txt } with one ARN a line, or { select: … } for images that are looked for when the rollout starts.',
      ),
    exclude: z
      .array(z.string().min(1).max(512).describe('A pattern of image ARNs.'))
      .max(1000)
      .default([])
      .describe('Patterns of image ARNs that are left out; * stands for any characters, ? for one.'),
  })
  .describe('Which images are rolled out to.');

/** `guardrails`: what protects against mistakes. */
export const guardrailsSchema = z
  .strictObject({
    allowedAccounts: z
      .array(accountField.describe('A quoted account id of 12 digits.'))
      .exactOptional()
      .describe('Accounts that the policy may give access to; absent means any.'),
    allowedOrganizations: z
      .array(organizationField.describe('The id of an organisation (o-…) or of a unit of one (ou-…).'))
      .exactOptional()
      .describe(
        'Organisations (o-…) and units (ou-…) that the policy may give access to; absent means any, but none beside allowedAccounts.',
      ),
    allowWildcardPrincipal: z
      .boolean()
      .default(false)
      .describe('Whether the policy may open the images to every account of AWS.'),
    foreignShares: z
      .enum(['block', 'leave', 'adopt'])
      .default('block')
      .describe(
        'What a resource share that this tool did not make means: block refuses the image, leave goes on beside it, adopt takes it over where the image is its only resource, and an undo gives it back.',
      ),
    maxImages: countField(1, 10_000).default(500).describe('Most images of the rollout, 1 to 10000.'),
    maxChangedPercentage: countField(0, 100)
      .default(100)
      .describe('Most images that may change, in percent of all that are in the rollout, 0 to 100.'),
    requiredTags: tagsField.default({}).describe('Tags that every image must have, each with this value.'),
  })
  .describe('Limits that protect against mistakes. The worker has its own, which no manifest can widen.');

/** `rateLimits`: how fast AWS is called at most. */
const rateLimitsSchema = z
  .strictObject(
    Object.fromEntries(
      limitedOperations.map((operation) => [
        operation,
        z
          .number()
          .min(rateLimitRange.least)
          .max(rateLimitRange.most)
          .exactOptional()
          .describe(`Most calls of ${operation} a second, 0.5 to 1000.`),
      ]),
    ),
  )
  .describe(
    'Caps of the calls to AWS by operation, such as PutImagePolicy: 5, in calls a second for each account and Region. Each worker keeps them for itself, and the lowest one holds for all rollouts that call at the same time.',
  );

/** `verification`: how visibility is proven. */
const verificationSchema = z
  .strictObject({
    timeout: durationField(1000, 24 * 60 * minuteMs)
      .prefault(durationText(defaultTiming.verificationTimeoutMs))
      .describe('How long every principal may take to see the image, 1s to 1d.'),
    settle: durationField(0, 10 * minuteMs)
      .prefault(durationText(defaultTiming.settleMs))
      .describe('Time between the two reads that prove an undo, 0ms to 10m.'),
    onNotVisible: z
      .enum(['keep', 'restore'])
      .default('keep')
      .describe(
        'What happens to an image that a principal does not see: keep what was written and report, or restore the baseline.',
      ),
    consumerRoles: byAccount(roleSchema)
      .default({})
      .describe('By consumer account: a role with which the image is looked for from the other side.'),
  })
  .describe('How it is proven that the principals see the image.');

/** `accounts`: what accounts are called, and how the worker reaches the owners of the images. */
const accountsSchema = byAccount(accountSchema).describe(
  'By account: what people call it, and for an owner of images the role that the worker assumes there; its own credentials where absent.',
);

/** A whole manifest. */
export const manifestSchema = z
  .strictObject({
    apiVersion: z.literal('policy-rollout/v1').describe('Version of this format: policy-rollout/v1.'),
    name: nameField.describe('Name of the rollout: 1 to 64 of a-z, 0-9 and -. Only one of a name runs at a time.'),
    policy: policySchema,
    images: imagesSchema,
    guardrails: guardrailsSchema.prefault({}),
    strategy: strategySchema.prefault({}),
    rateLimits: rateLimitsSchema.exactOptional(),
    verification: verificationSchema.prefault({}),
    accounts: accountsSchema.default({}),
  })
  .describe('A manifest: apiVersion, name, policy and images; `policy-rollout schema` prints its JSON Schema.');

/** A manifest as it is after the check. */
export type Manifest = z.output<typeof manifestSchema>;

/** JSON Schema (2020-12) of a manifest, for editors and `policy-rollout schema`. */
export function manifestJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(manifestSchema, { io: 'input' });
}
