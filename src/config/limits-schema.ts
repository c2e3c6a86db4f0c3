import { z } from 'zod';
import { accountField, countField, organizationField, roleArnField } from './fields.ts';

const externalIdField = z
  .string()
  .regex(/^[\w+=,.@:/-]{2,1224}$/, 'is not an external id of 2 to 1224 letters, digits and + = , . @ : / - _')
  .describe("External id that the role's trust policy asks for, 2 to 1224 characters.");

const assumableRoleSchema = z.strictObject({
  roleArn: roleArnField.describe('ARN of a role that the worker may assume.'),
  externalId: externalIdField.exactOptional(),
});

const ownerSchema = z.strictObject({
  roleArn: roleArnField
    .exactOptional()
    .describe("ARN of the role that the worker assumes in this account; the worker's own credentials where absent."),
  externalId: externalIdField.exactOptional(),
});

/** The file of a worker's limits. */
export const limitsSchema = z
  .strictObject({
    apiVersion: z.literal('policy-rollout/v1').describe('Version of this format: policy-rollout/v1.'),
    ownerAccounts: z
      .record(accountField, ownerSchema)
      .superRefine((owners, context) => {
        for (const [account, { roleArn, externalId }] of Object.entries(owners)) {
          if (roleArn !== undefined && !roleArn.includes(`::${account}:`)) {
            const params = { fix: `Name a role of the account ${account}.` };
            context.addIssue({
              code: 'custom',
              path: [account, 'roleArn'],
              message: 'is a role of another account',
              params,
            });
          }
          if (roleArn === undefined && externalId !== undefined) {
            const params = { fix: 'Name the role, or take externalId out.' };
            context.addIssue({
              code: 'custom',
              path: [account, 'externalId'],
              message: 'stands without roleArn',
              params,
            });
          }
        }
      })
      .describe('By account: the owners whose images the worker may change, with the role it assumes there.'),
    assumableRoles: z
      .array(assumableRoleSchema.describe('A role: { roleArn, externalId }.'))
      .default([])
      .describe('Further roles that a manifest may name, such as roles of consumers.'),
    grantTo: z
      .strictObject({
        accounts: z
          .array(accountField.describe('A quoted account id of 12 digits.'))
          .default([])
          .describe('Accounts that the worker may give access to; absent means none.'),
        organizations: z
          .array(organizationField.describe('The id of an organisation (o-…) or of a unit of one (ou-…).'))
          .default([])
          .describe('Organisations (o-…) and units (ou-…) that the worker may give access to; absent means none.'),
      })
      .prefault({})
      .describe('Whom the worker may give access to, undo included.'),
    maxImages: countField(1, 10_000)
      .default(10_000)
      .describe('Most images of one rollout, 1 to 10000; an undo and a revocation may have more.'),
  })
  .describe('The limits of a worker: apiVersion, ownerAccounts and grantTo.');

/** JSON Schema (2020-12) of the file of limits. */
export function limitsJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(limitsSchema, { io: 'input' });
}
