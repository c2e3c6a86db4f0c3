import { z } from 'zod';
import { baselinesKind } from '../contracts/baselines.ts';
import { associationStatuses, featureSets, shareStatuses } from '../domain/observation.ts';
import { sha256 } from '../sha256.ts';
import { imageArnField, nameField } from './fields.ts';

const sha256Field = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hexadecimal');
const featureSetField = z.enum(featureSets);
const associationField = z.enum(associationStatuses);

const grantSchema = z.strictObject({
  principal: z.string().min(1),
  action: z.string().min(1),
  condition: z.string().exactOptional(),
});

const shareSchema = z.strictObject({
  shareArn: z.string().min(1),
  name: z.string(),
  featureSet: featureSetField,
  status: z.enum(shareStatuses),
  rolloutTag: z.string().nullable(),
  imageStatus: associationField,
  otherResourceCount: z.int().min(0),
  principals: z.array(
    z.strictObject({
      principal: z.string().min(1),
      associatedEntity: z.string().min(1),
      status: associationField,
      changedAtMs: z.number(),
      hasPendingInvitation: z.boolean(),
    }),
  ),
  permissions: z.array(
    z.strictObject({
      permissionArn: z.string().min(1),
      featureSet: featureSetField,
      actions: z.array(z.string().min(1)),
      condition: z.string().exactOptional(),
    }),
  ),
});

const keptBaselineSchema = z.strictObject({
  imageArn: imageArnField,
  baseline: z.strictObject({
    policy: z.string().nullable(),
    grants: z.array(grantSchema),
    shares: z.array(shareSchema),
  }),
  grantsSha256After: sha256Field.nullable(),
});

// Only what an undo reads of it before a worker does; the hash of the file shows that the rest is as it was made.
const specSchema = z
  .looseObject({
    rolloutName: nameField,
    policyTemplate: z.string().nullable(),
    policySha256: sha256Field,
    guardrails: z.looseObject({}),
    strategy: z.looseObject({ waves: z.array(z.looseObject({ name: nameField })).min(1) }),
    options: z.looseObject({}),
    manifestSha256: sha256Field,
  })
  .refine(({ policyTemplate, policySha256 }) => sha256(policyTemplate ?? '') === policySha256, {
    path: ['policySha256'],
    message: 'is not the SHA-256 of policyTemplate',
  });

/** The file that `report --with-baselines` makes. */
export const baselinesSchema = z
  .strictObject({
    formatVersion: z.literal(1),
    kind: z.literal(baselinesKind),
    rolloutName: nameField,
    runId: z.string().min(1),
    since: z.iso.datetime(),
    spec: specSchema,
    revocation: z.strictObject({ principal: z.string().min(1) }).exactOptional(),
    images: z.array(keptBaselineSchema).superRefine((images, context) => {
      const seen = new Set<string>();
      for (const [index, { imageArn }] of images.entries()) {
        if (seen.has(imageArn)) {
          context.addIssue({ code: 'custom', path: [index, 'imageArn'], message: 'names an image twice' });
        }
        seen.add(imageArn);
      }
    }),
    baselinesSha256: sha256Field,
  })
  .refine(({ rolloutName, spec }) => rolloutName === spec.rolloutName, {
    path: ['rolloutName'],
    message: 'is not the name in spec',
  });
