/**
 * What has to become of one image of examples/demo.yaml in the world of examples/demo-world.json.
 *
 * @typedef {object} Fate
 * @property {string} imageArn
 * @property {string} meets what is special about it, in words
 * @property {string} state
 * @property {string} [code] of its error
 * @property {readonly string[]} before who had access before
 * @property {readonly string[]} access who has access in the end
 * @property {readonly string[]} sees who finds it in lists in the end
 * @property {readonly string[]} changes the calls that changed something, in their order
 * @property {Readonly<Record<string, number>>} refusals how often a write was answered with an error of this name
 */

const wanted = ['222222222222', '333333333333'];
const put = 'PutImagePolicy';
const promote = 'PromoteResourceShareCreatedFromPolicy';
const tag = 'TagResource';

/** @type {Omit<Fate, 'imageArn' | 'meets'>} */
const succeeds = {
  state: 'SUCCEEDED',
  before: [],
  access: wanted,
  sees: wanted,
  changes: [put, promote, tag],
  refusals: {},
};

/** @type {Omit<Fate, 'imageArn' | 'meets' | 'before' | 'access' | 'refusals'>} */
const goesBack = { state: 'COMPENSATED', code: 'promotion-refused', sees: [], changes: [put, put] };

/**
 * The images of the demo, in the order of its manifest.
 *
 * @type {readonly Fate[]}
 */
export const fates = [
  { ...at('111111111111', 'us-east-1', 'web/1.0.0/1'), ...plain() },
  {
    ...at('111111111111', 'us-east-1', 'web/1.1.0/1'),
    ...succeeds,
    meets: 'throttled three times',
    refusals: { CallRateLimitExceededException: 3 },
  },
  {
    ...at('111111111111', 'us-east-1', 'api/2.3.0/4'),
    ...succeeds,
    meets: 'in sync already',
    state: 'UNCHANGED',
    before: wanted,
    changes: [],
  },
  { ...at('111111111111', 'eu-west-1', 'web/1.0.0/1'), ...plain() },
  {
    ...at('111111111111', 'eu-west-1', 'web/1.1.0/1'),
    ...succeeds,
    meets: 'Image Builder unavailable twice',
    refusals: { ServiceUnavailableException: 2 },
  },
  {
    ...at('111111111111', 'eu-west-1', 'batch/1.4.2/7'),
    ...succeeds,
    meets: 'shared with 444444444444, which has to go',
    before: [...wanted, '444444444444'],
    changes: ['DisassociateResourceShare'],
  },
  { ...at('666666666666', 'us-east-1', 'spark/3.5.0/2'), ...plain() },
  {
    ...at('666666666666', 'us-east-1', 'spark/3.5.0/3'),
    ...succeeds,
    meets: 'needs a managed permission first',
    changes: [put, 'PromotePermissionCreatedFromPolicy', promote, tag],
    refusals: { UnmatchedPolicyPermissionException: 1 },
  },
  {
    ...at('666666666666', 'us-east-1', 'jupyter/4.0.0/1'),
    ...goesBack,
    meets: 'promotion refused for good; had a policy',
    before: ['555555555555'],
    access: ['555555555555'],
    refusals: { OperationNotPermittedException: 1 },
  },
  { ...at('666666666666', 'eu-west-1', 'spark/3.5.0/2'), ...plain() },
  {
    ...at('666666666666', 'eu-west-1', 'jupyter/4.0.0/1'),
    ...goesBack,
    meets: 'promotion refused for good; had no policy',
    before: [],
    access: [],
    // Image Builder takes neither of the two empty policies, so the owner's own is put.
    refusals: { OperationNotPermittedException: 1, InvalidParameterValueException: 2 },
  },
  { ...at('666666666666', 'eu-west-1', 'airflow/2.9.1/1'), ...plain() },
];

/**
 * @param {string} account
 * @param {string} region
 * @param {string} image
 */
function at(account, region, image) {
  return { imageArn: `arn:aws:imagebuilder:${region}:${account}:image/${image}` };
}

function plain() {
  return { ...succeeds, meets: 'nothing special' };
}
