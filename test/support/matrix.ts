import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Behaviour } from '../../src/simulator/profiles.ts';
import { behaviourAnswers } from '../../src/simulator/profiles.ts';

const grantees = z.strictObject({
  /** Letters: A, B, C are accounts of the organisation, X and Y are outside, R is a role in B, O is the organisation. */
  to: z.string().regex(/^([ABCXYRO]( [ABCXYRO])*)?$/),
  /** Where it is not GetImage and ListImages. */
  actions: z.literal('GetImage').optional(),
});

const share = grantees.extend({
  of: z.enum(['us', 'another']),
  alsoForAnotherImage: z.literal(true).optional(),
  /** In the share, and has not accepted. */
  invited: z.literal('X').optional(),
  /** In the share, and DISASSOCIATING for ever. */
  leaving: z.literal('B').optional(),
  featureSet: z.literal('PROMOTING_TO_STANDARD').optional(),
});

const expectation = z.strictObject({
  state: z.enum([
    'SUCCEEDED',
    'UNCHANGED',
    'FAILED',
    'COMPENSATED',
    'COMPENSATION_FAILED',
    'CANCELLED',
    'INCONCLUSIVE',
  ]),
  code: z.string().optional(),
  residue: z.array(z.string()).optional(),
});

const dimensions = Object.keys(behaviourAnswers);

const row = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  why: z.string(),
  baseline: z.strictObject({ policy: grantees.optional(), shares: z.array(share).optional() }),
  wanted: grantees.extend({ also: grantees.optional() }),
  reached: z.string(),
  other: z.string(),
  options: z
    .strictObject({
      foreignShares: z.enum(['leave', 'adopt']).optional(),
      onNotVisible: z.literal('restore').optional(),
    })
    .optional(),
  expect: expectation,
  unless: z.array(
    z.strictObject({
      profile: z.record(
        z.string().refine((name) => dimensions.includes(name)),
        z.union([z.string(), z.array(z.string())]),
      ),
      expect: expectation,
    }),
  ),
});

/** Who gets what: letters, and the actions. */
export type Grantees = z.infer<typeof grantees>;
export type MatrixShare = z.infer<typeof share>;
export type MatrixRow = z.infer<typeof row>;
export type Expectation = z.infer<typeof expectation>;

/** Every row of `test/compensation-matrix.json`. */
export const matrixRows: readonly MatrixRow[] = z
  .array(row)
  .parse(JSON.parse(readFileSync(new URL('../compensation-matrix.json', import.meta.url), 'utf8')));

/** What a row expects where AWS behaves so: the first exception that fits, else the rule. */
export function expectationOf({ expect, unless }: MatrixRow, behaviour: Behaviour): Expectation {
  const answers = new Map(Object.entries(behaviour));
  const exception = unless.find(({ profile }) =>
    Object.entries(profile).every(([dimension, values]) => [values].flat().includes(answers.get(dimension) ?? '')),
  );
  return exception?.expect ?? expect;
}
