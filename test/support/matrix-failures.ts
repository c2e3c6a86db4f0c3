import type { Act, Intervention } from '../../src/simulator/acts.ts';
import type { CallFilter } from '../../src/simulator/call-filter.ts';
import type { FaultAnswer } from '../../src/simulator/faults.ts';
import type { ImageBehaviour } from '../../src/simulator/world/records.ts';
import { principalOf, templateOf } from './matrix-grants.ts';

/** A fault on calls about the image of a row. */
export type RowFault = Pick<CallFilter, 'operation' | 'skip' | 'times'> & { readonly answer: FaultAnswer };

/** What a row's words about its failure mean. */
export interface Failure {
  readonly faults?: readonly RowFault[];
  readonly behaviour?: ImageBehaviour;
  /** Ten managed permissions of others fill the quota. */
  readonly isQuotaUsedUp?: true;
  /** The workflow is cancelled once this operation was served, or while everything is proven. */
  readonly cancelledAfter?: string;
  readonly isCancelledInVerification?: true;
}

const lost: FaultAnswer = { kind: 'lose-response-after-effect' };
const putDenied: FaultAnswer = { kind: 'error', status: 403, name: 'ForbiddenException' };
const denied: FaultAnswer = { kind: 'error', status: 403, name: 'AccessDeniedException' };
const promotion = 'PromoteResourceShareCreatedFromPolicy';

const lostAnswers = [
  'PutImagePolicy',
  promotion,
  'TagResource',
  'AssociateResourceShare',
  'DisassociateResourceShare',
  'AssociateResourceSharePermission',
  'CreateResourceShare',
  'DeleteResourceShare',
].map((operation) => [`the answer to ${operation} is lost`, { faults: [{ operation, answer: lost }] }] as const);

const cancels = [
  'PutImagePolicy',
  promotion,
  'AssociateResourceShare',
  'DisassociateResourceShare',
  'DeleteResourceShare',
].map((operation) => [`cancelled after ${operation}`, { cancelledAfter: operation }] as const);

const failures: ReadonlyMap<string, Failure> = new Map<string, Failure>([
  ['nothing fails', {}],
  ...lostAnswers,
  ...cancels,
  ['cancelled in verification', { isCancelledInVerification: true }],
  ['PutImagePolicy is denied', { faults: [{ operation: 'PutImagePolicy', answer: putDenied }] }],
  [
    'PutImagePolicy is invalid',
    {
      faults: [
        { operation: 'PutImagePolicy', answer: { kind: 'error', status: 400, name: 'InvalidParameterValueException' } },
      ],
    },
  ],
  [
    'PutImagePolicy hangs, then is denied',
    {
      faults: [
        { operation: 'PutImagePolicy', answer: { kind: 'hang' } },
        { operation: 'PutImagePolicy', answer: putDenied },
      ],
    },
  ],
  ['promotion is refused', { behaviour: { promotion: 'refused' } }],
  ['promotion is stuck', { behaviour: { promotion: 'stuck' } }],
  ['promotion answers false once', { faults: [{ operation: promotion, answer: { kind: 'return-value-false' } }] }],
  ['no permission matches', { behaviour: { permission: 'unmatched' } }],
  [
    'no permission matches, and the answer to PromotePermissionCreatedFromPolicy is lost',
    {
      behaviour: { permission: 'unmatched' },
      faults: [{ operation: 'PromotePermissionCreatedFromPolicy', answer: lost }],
    },
  ],
  ['the quota of permissions is used up', { behaviour: { permission: 'unmatched' }, isQuotaUsedUp: true }],
  ['the share never appears', { behaviour: { share: 'never-appears' } }],
  ['the association of B fails', { behaviour: { failingPrincipals: [principalOf('B')] } }],
  ['unsharing is refused', { behaviour: { unsharing: 'refused' } }],
  ['AssociateResourceShare is denied', { faults: [{ operation: 'AssociateResourceShare', answer: denied }] }],
  [
    'DisassociateResourceShare is denied once',
    { faults: [{ operation: 'DisassociateResourceShare', answer: denied }] },
  ],
  [
    'every DisassociateResourceShare is denied',
    { faults: [{ operation: 'DisassociateResourceShare', times: 'always', answer: denied }] },
  ],
  [
    'promotion is refused, and every later PutImagePolicy is denied',
    {
      behaviour: { promotion: 'refused' },
      faults: [{ operation: 'PutImagePolicy', skip: 1, times: 'always', answer: putDenied }],
    },
  ],
]);

/** What a row's words about somebody else mean: an act beside a call. */
export type Other = Pick<Intervention, 'operation' | 'skip' | 'times' | 'when' | 'act'>;

const policyFor = (to: string): string => templateOf([{ to }]) ?? '';
const after = (operation: string, act: Act): Other => ({ operation, when: 'after', act });
// The policy is read first for the baseline, and then before the first write.
const afterBaseline = (act: Act): Other => ({ operation: 'GetImagePolicy', skip: 1, when: 'before', act });

const others: ReadonlyMap<string, Other | null> = new Map<string, Other | null>([
  ['nobody', null],
  ['puts a policy for C after the baseline', afterBaseline({ kind: 'put-policy', policy: policyFor('C') })],
  ['adds C to the share after the baseline', afterBaseline({ kind: 'associate', principals: [principalOf('C')] })],
  ['puts a policy for C after our put', after('PutImagePolicy', { kind: 'put-policy', policy: policyFor('C') })],
  ['narrows the policy to B after our put', after('PutImagePolicy', { kind: 'put-policy', policy: policyFor('B') })],
  [
    'makes a share for C after our promotion',
    after(promotion, { kind: 'create-share', principals: [principalOf('C')] }),
  ],
  [
    'takes A out after our association',
    after('AssociateResourceShare', { kind: 'disassociate', principals: [principalOf('A')] }),
  ],
  ['deletes our share after our association', after('AssociateResourceShare', { kind: 'delete-shares' })],
  ['deletes our share after the share is tagged', after('TagResource', { kind: 'delete-shares' })],
  [
    // Whichever look of ours is the first after it was sent.
    'Y accepts its invitation while we look',
    {
      operation: 'GetResourceShareAssociations',
      when: 'before',
      times: 'always',
      act: { kind: 'accept-invitations', account: principalOf('Y'), region: 'us-east-1' },
    },
  ],
]);

/** Throws where a row says something that nobody has given a meaning. */
export function failureOf(reached: string): Failure {
  const found = failures.get(reached);
  if (found === undefined) throw new Error(`nothing is known of "${reached}"`);
  return found;
}

/** Null where nobody else acts. Throws where a row says something that nobody has given a meaning. */
export function otherOf(other: string): Other | null {
  const found = others.get(other);
  if (found === undefined) throw new Error(`nothing is known of "${other}"`);
  return found;
}
