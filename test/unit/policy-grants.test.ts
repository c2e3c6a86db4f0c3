import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatImageArn } from '../../src/domain/arn.ts';
import { AppError } from '../../src/domain/errors.ts';
import { grantLine } from '../../src/domain/grants.ts';
import {
  canonicalCondition,
  emptyPolicy,
  ownerOnlyPolicy,
  policyGrants,
  renderPolicy,
  shorthandPolicy,
  statementlessPolicy,
} from '../../src/domain/policy.ts';

const owner = '111111111111';
const image = anImage();

function anImage(partition = 'aws') {
  return formatImageArn({
    partition,
    region: 'us-east-1',
    account: owner,
    name: 'web',
    version: '1.0.0',
    build: '1',
  });
}

function documentOf(...statements: readonly object[]): string {
  const whole = statements.map((statement) => ({
    Effect: 'Allow',
    Action: 'imagebuilder:GetImage',
    Resource: image,
    ...statement,
  }));
  return JSON.stringify({ Version: '2012-10-17', Statement: whole });
}

function linesOf(document: string): readonly string[] {
  return policyGrants(document, owner).map(grantLine);
}

describe('the grants of a policy', () => {
  it.each([
    ['a bare account id', { AWS: '222222222222' }, ['222222222222']],
    ["an account's root", { AWS: 'arn:aws:iam::222222222222:root' }, ['222222222222']],
    ['a root in China', { AWS: 'arn:aws-cn:iam::222222222222:root' }, ['222222222222']],
    ['a root in GovCloud', { AWS: 'arn:aws-us-gov:iam::222222222222:root' }, ['222222222222']],
    ['a root in an isolated partition', { AWS: 'arn:aws-iso-b:iam::222222222222:root' }, ['222222222222']],
    ['a list', { AWS: ['333333333333', '222222222222'] }, ['222222222222', '333333333333']],
    ['a role', { AWS: 'arn:aws:iam::222222222222:role/a/reader' }, ['arn:aws:iam::222222222222:role/a/reader']],
    ['a user', { AWS: 'arn:aws:iam::222222222222:user/ann' }, ['arn:aws:iam::222222222222:user/ann']],
    ['a service', { Service: 'ec2.amazonaws.com' }, ['ec2.amazonaws.com']],
    ['an identity provider', { Federated: 'cognito-identity.amazonaws.com' }, ['cognito-identity.amazonaws.com']],
    ['a canonical user', { CanonicalUser: 'abc123' }, ['abc123']],
    ['several kinds', { AWS: '222222222222', Service: 'a.amazonaws.com' }, ['222222222222', 'a.amazonaws.com']],
    ['anyone', '*', ['*']],
    ['anyone in the long form', { AWS: '*' }, ['*']],
    ['the owner', { AWS: owner }, []],
    ["the owner's root", { AWS: `arn:aws:iam::${owner}:root` }, []],
    ["a role of the owner's account", { AWS: `arn:aws:iam::${owner}:role/builder` }, []],
    ['nobody', { AWS: [] }, []],
  ])('name %s', (_, Principal, principals) => {
    const lines = linesOf(documentOf({ Principal }));

    expect(lines).toEqual(principals.map((principal) => `${principal} imagebuilder:GetImage`));
  });

  it('name an organisation that stands in the condition', () => {
    const Condition = { StringEquals: { 'aws:PrincipalOrgID': ['o-abc', 'o-def'] } };

    expect(linesOf(documentOf({ Principal: '*', Condition }))).toEqual([
      'o-abc imagebuilder:GetImage',
      'o-def imagebuilder:GetImage',
    ]);
  });

  it.each(['o-abc/r-ab12/ou-ab12-11111111/ou-ab12-22222222/*', 'o-abc/*/ou-ab12-22222222/*', 'o-*/ou-ab12-22222222/'])(
    'name the last unit of the path %s',
    (path) => {
      const Condition = { 'ForAnyValue:StringLike': { 'aws:principalorgpaths': path } };

      expect(linesOf(documentOf({ Principal: '*', Condition }))).toEqual(['ou-ab12-22222222 imagebuilder:GetImage']);
    },
  );

  it('keep what is left of a condition once the organisation is taken from it', () => {
    const Condition = {
      StringEquals: { 'aws:PrincipalOrgID': 'o-abc', 'aws:RequestedRegion': 'us-east-1' },
      Bool: { 'aws:SecureTransport': true },
    };

    expect(policyGrants(documentOf({ Principal: '*', Condition }), owner)).toEqual([
      {
        principal: 'o-abc',
        action: 'imagebuilder:GetImage',
        condition: '{"Bool":{"aws:SecureTransport":["true"]},"StringEquals":{"aws:RequestedRegion":["us-east-1"]}}',
      },
    ]);
  });

  it('keep the whole condition of a principal that is named beside the wildcard', () => {
    const Condition = { StringEquals: { 'aws:PrincipalOrgID': 'o-abc' } };

    expect(linesOf(documentOf({ Principal: { AWS: ['*', '222222222222'] }, Condition }))).toEqual([
      '222222222222 imagebuilder:GetImage {"StringEquals":{"aws:PrincipalOrgID":["o-abc"]}}',
      'o-abc imagebuilder:GetImage',
    ]);
  });

  it('do not mistake a pattern of organisations for an organisation', () => {
    const Condition = { StringEquals: { 'aws:PrincipalOrgID': 'o-*' } };

    expect(linesOf(documentOf({ Principal: '*', Condition }))).toEqual([
      '* imagebuilder:GetImage {"StringEquals":{"aws:PrincipalOrgID":["o-*"]}}',
    ]);
  });

  it('do not come from a Deny', () => {
    const statement = { Effect: 'Deny', Principal: { AWS: '222222222222' } };

    expect(linesOf(documentOf(statement))).toEqual([]);
  });

  it('go to anyone where a statement names whom it leaves out', () => {
    const statement = { Effect: 'Allow', NotPrincipal: { AWS: '222222222222' } };

    expect(linesOf(documentOf(statement))).toEqual(['* imagebuilder:GetImage']);
  });

  it('are for every action where a statement names the actions it leaves out', () => {
    const statement = { Principal: { AWS: '222222222222' }, NotAction: 'imagebuilder:ListImages' };

    expect(linesOf(documentOf(statement))).toEqual(['222222222222 *']);
  });

  it('have actions in the case in which AWS writes them', () => {
    const statement = { Principal: { AWS: '222222222222' }, Action: 'ImageBuilder:listimages' };

    expect(linesOf(documentOf(statement))).toEqual(['222222222222 imagebuilder:ListImages']);
  });

  it.each([
    emptyPolicy,
    statementlessPolicy,
    ownerOnlyPolicy(image),
    ownerOnlyPolicy(anImage('aws-cn')),
    '{"Statement":[]}',
  ])('are none for %s', (document) => {
    expect(policyGrants(document, owner)).toEqual([]);
  });

  it.each([
    ['', 'Line 1, column 1'],
    ['{"Version":\n "2012-10-17",}', 'Line 2, column 15'],
    ['[]', 'The policy is not an object'],
    ['null', 'The policy is not an object'],
    ['{"Statement":[1]}', 'A statement is not an object'],
    ['{"Statement":{"Effect":"Allow","Principal":{"AWS":[{}]},"Action":"a"}}', 'AWS holds a value'],
    ['{"Statement":{"Effect":"Allow","Principal":"*","Action":"a","Condition":[]}}', 'Condition is not an object'],
  ])('cannot be read from %j', (document, message) => {
    const read = () => policyGrants(document, owner);

    expect(read).toThrow(AppError);
    expect(read).toThrow(message);
  });

  it('are read from any text, or refused with a code', () => {
    const anyText = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"Statement":${json}}`),
    );
    const isTotal = fc.property(anyText, (document) => {
      expect(codeOf(() => policyGrants(document, owner))).toBeOneOf(['fine', 'policy-invalid']);
    });

    fc.assert(isTotal);
  });
});

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'fine';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

const accounts = ['222222222222', '333333333333', '444444444444'];
const writtenPrincipal = fc
  .record({ account: fc.constantFrom(...accounts), isRoot: fc.boolean() })
  .map(({ account, isRoot }) => (isRoot ? `arn:aws:iam::${account}:root` : account));
const action = fc.constantFrom('imagebuilder:GetImage', 'imagebuilder:ListImages', 'imagebuilder:GETIMAGE');
const statement = fc.record({
  principals: fc.array(writtenPrincipal, { minLength: 1, maxLength: 4 }),
  actions: fc.array(action, { minLength: 1, maxLength: 3 }),
  isDenied: fc.boolean(),
});

interface WrittenStatement {
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly isDenied: boolean;
}

interface Manner {
  readonly isReversed: boolean;
  readonly isRoot: boolean;
  readonly isScalar: boolean;
  readonly isSplit: boolean;
  readonly hasSid: boolean;
  readonly indent: number;
}

/** The same policy in another manner. */
function write(statements: readonly WrittenStatement[], manner: Manner): string {
  const written = statements
    .flatMap((given) => (manner.isSplit ? split(given) : [given]))
    .map((given, index) => {
      const principals = inManner(
        given.principals.map((text) => respell(text, manner.isRoot)),
        manner,
      );
      const parts = Object.entries({
        ...(manner.hasSid && { Sid: `s${String(index)}` }),
        Effect: given.isDenied ? 'Deny' : 'Allow',
        Principal: { AWS: principals },
        Action: inManner(given.actions, manner),
        Resource: manner.isScalar ? image : [image],
      });
      return Object.fromEntries(manner.isReversed ? parts.reverse() : parts);
    });
  const ordered = manner.isReversed ? written.reverse() : written;
  const Statement = ordered.length === 1 && manner.isScalar ? ordered[0] : ordered;
  return JSON.stringify({ Version: '2012-10-17', Statement }, null, manner.indent);
}

function split({ principals, actions, isDenied }: WrittenStatement): readonly WrittenStatement[] {
  return principals.flatMap((principal) =>
    actions.map((one) => ({ principals: [principal], actions: [one], isDenied })),
  );
}

function respell(principal: string, isRoot: boolean): string {
  const [account = ''] = /\d{12}/.exec(principal) ?? [];
  return isRoot ? `arn:aws:iam::${account}:root` : account;
}

function inManner(values: readonly string[], { isReversed, isScalar }: Manner): string | readonly string[] {
  const [only, ...more] = isReversed ? values.toReversed() : values;
  return isScalar && only !== undefined && more.length === 0 ? only : [...(only === undefined ? [] : [only]), ...more];
}

const manner = fc.record({
  isReversed: fc.boolean(),
  isRoot: fc.boolean(),
  isScalar: fc.boolean(),
  isSplit: fc.boolean(),
  hasSid: fc.boolean(),
  indent: fc.integer({ min: 0, max: 4 }),
});

it('grants are the same for every manner of writing a policy', () => {
  const plain: Manner = {
    isReversed: false,
    isRoot: false,
    isScalar: false,
    isSplit: false,
    hasSid: false,
    indent: 0,
  };
  const isInvariant = fc.property(fc.array(statement, { maxLength: 4 }), manner, (statements, anyManner) => {
    expect(policyGrants(write(statements, anyManner), owner)).toEqual(policyGrants(write(statements, plain), owner));
  });

  fc.assert(isInvariant);
});

describe('a policy in shorthand', () => {
  it('grants each action to each principal', () => {
    const principals = ['222222222222', 'arn:aws:iam::333333333333:role/reader', 'o-abc', 'ou-ab12-12345678'];
    const template = shorthandPolicy(principals, ['imagebuilder:GetImage', 'imagebuilder:ListImages']);

    const grants = policyGrants(renderPolicy(template, image), owner);

    expect(grants).toHaveLength(8);
    expect(new Set(grants.map(({ principal }) => principal))).toEqual(new Set(principals));
  });

  it('is the same text whatever the order, the repeats and the spelling', () => {
    const one = shorthandPolicy(['222222222222', '333333333333'], ['imagebuilder:ListImages', 'imagebuilder:GetImage']);
    const other = shorthandPolicy(
      ['333333333333', 'arn:aws:iam::222222222222:root', '222222222222'],
      ['imagebuilder:getImage', 'imagebuilder:ListImages'],
    );

    expect(other).toBe(one);
  });

  it('gives every image its own ARN, with nothing left to fill in', () => {
    const other = anImage('aws-us-gov');
    const template = shorthandPolicy(['222222222222'], ['imagebuilder:GetImage']);

    expect(renderPolicy(template, other)).toContain(`"Resource":"${other}"`);
    expect(renderPolicy(template, other)).not.toContain('${');
  });

  it('opens to anyone where the wildcard is among the principals', () => {
    const template = shorthandPolicy(['222222222222', '*'], ['imagebuilder:GetImage']);

    expect(policyGrants(template, owner)).toEqual([{ principal: '*', action: 'imagebuilder:GetImage' }]);
  });
});

describe('a canonical condition', () => {
  it('is the same for every order and for scalars and lists', () => {
    const one = { StringLike: { b: ['2', '1'], a: 'x' }, Bool: { c: true } };
    const other = { Bool: { c: 'true' }, StringLike: { a: ['x'], b: ['1', '2', '1'] } };

    expect(canonicalCondition(other)).toBe(canonicalCondition(one));
    expect(canonicalCondition(one)).toBe('{"Bool":{"c":["true"]},"StringLike":{"a":["x"],"b":["1","2"]}}');
  });

  it.each([{}, { StringEquals: {} }])('is absent for %j', (condition) => {
    expect(canonicalCondition(condition)).toBeUndefined();
  });
});
