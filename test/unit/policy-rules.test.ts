import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImageArn } from '../../src/domain/arn.ts';
import { parseImageArn } from '../../src/domain/arn.ts';
import type { Problem } from '../../src/domain/errors.ts';
import { policyGrants, shorthandPolicy } from '../../src/domain/policy.ts';
import type { PolicyContext } from '../../src/domain/policy-rules.ts';
import { checkPolicy } from '../../src/domain/policy-rules.ts';

const web = parseImageArn('arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1');
const db = parseImageArn('arn:aws:imagebuilder:us-east-1:111111111111:image/db/1.0.0/1');
const pair = ['imagebuilder:GetImage', 'imagebuilder:ListImages'];
const valid = {
  Effect: 'Allow',
  Principal: { AWS: ['222222222222'] },
  Action: pair,
  Resource: '${imageArn}',
};

function problemsOf(template: string, context: Partial<PolicyContext> = {}): readonly Problem[] {
  return checkPolicy(template, { images: [web], ...context });
}

function templateOf(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** A valid statement with some keys changed, or taken out where the value is undefined. */
function changed(changes: object): string {
  return templateOf({ ...valid, ...changes });
}

function summary(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ severity, code, at }) => `${severity} ${code} ${at}`);
}

describe('a policy', () => {
  it.each([
    ['the shorthand makes', shorthandPolicy(['222222222222', '333333333333'], pair)],
    ['scalars make', changed({ Principal: { AWS: '222222222222' } })],
    ["names an account's root", changed({ Principal: { AWS: 'arn:aws:iam::222222222222:root' } })],
    ["names the image's own ARN", changed({ Resource: [web] })],
    ['has a Sid', changed({ Sid: 'Consumers' })],
    ['has a condition that a permission takes', changed({ Condition: { Bool: { 'aws:SecureTransport': 'true' } } })],
    ['has actions in another case', changed({ Action: ['ImageBuilder:getImage', 'imagebuilder:listimages'] })],
    ['has a policy variable', changed({ Condition: { StringLike: { 'aws:userid': '${aws:userid}' } } })],
  ])('that %s has no problem', (_, template) => {
    expect(problemsOf(template)).toEqual([]);
  });

  it.each<[string, string, string, string]>([
    ['has no text', '', 'the document', 'A value is missing'],
    ['is not JSON', '{"Version"', 'the document', '":" is missing'],
    ['has a comma too many', '{"Version": "2012-10-17",}', 'the document', 'A name in double quotes'],
    ['is a list', '[]', 'the document', 'not a JSON object'],
    ['is a text', '"x"', 'the document', 'not a JSON object'],
    ['is null', 'null', 'the document', 'not a JSON object'],
    ['has no version', JSON.stringify({ Statement: [valid] }), 'the document', 'Version'],
    ['has an old version', JSON.stringify({ Version: '2008-10-17', Statement: [valid] }), 'Version', 'Version'],
    ['has an unknown key', JSON.stringify({ Version: '2012-10-17', Statement: [valid], Foo: 1 }), 'Foo', 'not known'],
    ['has a key that objects inherit', changed({ ['__proto__']: 1 }), 'Statement[0].__proto__', 'not known'],
    [
      'says a key twice',
      `{"Version":"2012-10-17","Version":"2012-10-17","Statement":[${JSON.stringify(valid)}]}`,
      'the document',
      'twice',
    ],
    ['has no statement', '{"Version":"2012-10-17","Statement":[]}', 'Statement', 'no statement'],
    ['lacks the statements', '{"Version":"2012-10-17"}', 'Statement', 'no statement'],
    ['has a statement that is a text', '{"Version":"2012-10-17","Statement":["x"]}', 'Statement[0]', 'not an object'],
    ['has a key in small letters', changed({ effect: 'Allow' }), 'Statement[0].effect', 'not known'],
    ['denies', changed({ Effect: 'Deny' }), 'Statement[0].Effect', 'Deny'],
    ['has no effect', changed({ Effect: undefined }), 'Statement[0].Effect', 'Effect'],
    [
      'names whom it leaves out',
      changed({ Principal: undefined, NotPrincipal: { AWS: '222222222222' } }),
      'Statement[0].NotPrincipal',
      'NotPrincipal',
    ],
    [
      'names the actions it leaves out',
      changed({ Action: undefined, NotAction: pair }),
      'Statement[0].NotAction',
      'NotAction',
    ],
    [
      'names the resources it leaves out',
      changed({ Resource: undefined, NotResource: '*' }),
      'Statement[0].NotResource',
      'NotResource',
    ],
    ['has no principal', changed({ Principal: undefined }), 'Statement[0].Principal', 'names nobody'],
    ['has an empty principal', changed({ Principal: {} }), 'Statement[0].Principal', 'names nobody'],
    ['has no accounts', changed({ Principal: { AWS: [] } }), 'Statement[0].Principal.AWS', 'empty list'],
    ['has a bare principal', changed({ Principal: '222222222222' }), 'Statement[0].Principal', 'names nobody'],
    [
      'has an account as number',
      changed({ Principal: { AWS: 222222222222 } }),
      'Statement[0].Principal.AWS',
      'not a text',
    ],
    [
      'has an account without leading zero',
      changed({ Principal: { AWS: ['22222222222'] } }),
      'Statement[0].Principal.AWS[0]',
      '11 digits',
    ],
    [
      'has an account too long',
      changed({ Principal: { AWS: ['2222222222222'] } }),
      'Statement[0].Principal.AWS[0]',
      '13 digits',
    ],
    [
      'has an account with hyphens',
      changed({ Principal: { AWS: ['2222-2222-2222'] } }),
      'Statement[0].Principal.AWS[0]',
      'no known form',
    ],
    [
      'has a session',
      changed({ Principal: { AWS: ['arn:aws:sts::222222222222:assumed-role/a/b'] } }),
      'Statement[0].Principal.AWS[0]',
      'session',
    ],
    [
      'has a group',
      changed({ Principal: { AWS: ['arn:aws:iam::222222222222:group/a'] } }),
      'Statement[0].Principal.AWS[0]',
      'no known form',
    ],
    [
      'has a role that is gone',
      changed({ Principal: { AWS: ['AROAEXAMPLE'] } }),
      'Statement[0].Principal.AWS[0]',
      'gone',
    ],
    [
      'has an organisation as principal',
      changed({ Principal: { AWS: ['o-abc123'] } }),
      'Statement[0].Principal.AWS[0]',
      'organisation',
    ],
    [
      'has the ARN of an organisation',
      changed({ Principal: { AWS: ['arn:aws:organizations::111111111111:organization/o-abc123'] } }),
      'Statement[0].Principal.AWS[0]',
      'organisation',
    ],
    [
      'has accounts by wildcard',
      changed({ Principal: { AWS: ['2222*'] } }),
      'Statement[0].Principal.AWS[0]',
      'wildcard',
    ],
    [
      'has roles by wildcard',
      changed({ Principal: { AWS: ['arn:aws:iam::222222222222:role/*'] } }),
      'Statement[0].Principal.AWS[0]',
      'wildcard',
    ],
    [
      'has a principal elsewhere',
      changed({ Principal: { AWS: ['arn:aws-cn:iam::222222222222:root'] } }),
      'Statement[0].Principal.AWS[0]',
      'partition',
    ],
    [
      'has an identity provider',
      changed({ Principal: { Federated: 'x' } }),
      'Statement[0].Principal.Federated',
      'cannot be shared',
    ],
    [
      'has a principal of no kind',
      changed({ Principal: { Account: '222222222222' } }),
      'Statement[0].Principal.Account',
      'cannot be shared',
    ],
    ['has no action', changed({ Action: undefined }), 'Statement[0].Action', 'names nothing'],
    ['has an empty list of actions', changed({ Action: [] }), 'Statement[0].Action', 'names nothing'],
    ['allows everything', changed({ Action: '*' }), 'Statement[0].Action', 'wildcard'],
    [
      'allows every action of the service',
      changed({ Action: ['imagebuilder:*'] }),
      'Statement[0].Action[0]',
      'wildcard',
    ],
    ['allows actions by pattern', changed({ Action: ['imagebuilder:Get?mage'] }), 'Statement[0].Action[0]', 'wildcard'],
    [
      'allows an action of another service',
      changed({ Action: [...pair, 'ec2:RunInstances'] }),
      'Statement[0].Action[2]',
      'not one of Image Builder',
    ],
    ['allows a number', changed({ Action: [7] }), 'Statement[0].Action[0]', 'not a text'],
    [
      'allows what is no name',
      changed({ Action: ['imagebuilder:Get Image'] }),
      'Statement[0].Action[0]',
      'not the name',
    ],
    ['has no resource', changed({ Resource: undefined }), 'Statement[0].Resource', 'names nothing'],
    ['is for every resource', changed({ Resource: '*' }), 'Statement[0].Resource', 'not the image'],
    ['is for another image', changed({ Resource: [db] }), 'Statement[0].Resource[0]', 'not the image'],
    [
      'is for the version',
      changed({ Resource: 'arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0' }),
      'Statement[0].Resource',
      'not the image',
    ],
    ['has an empty condition', changed({ Condition: {} }), 'Statement[0].Condition', 'says nothing'],
    ['has a condition that is a list', changed({ Condition: [] }), 'Statement[0].Condition', 'says nothing'],
    [
      'has an operator without test',
      changed({ Condition: { StringEquals: {} } }),
      'Statement[0].Condition.StringEquals',
      'tests nothing',
    ],
    [
      'tests for nothing',
      changed({ Condition: { StringEquals: { 'aws:PrincipalTag/team': [] } } }),
      'Statement[0].Condition.StringEquals.aws:PrincipalTag/team',
      'no value',
    ],
    [
      'tests for an object',
      changed({ Condition: { StringEquals: { 'aws:PrincipalTag/team': {} } } }),
      'Statement[0].Condition.StringEquals.aws:PrincipalTag/team',
      'not a text',
    ],
    [
      'has a service that is a number',
      changed({ Principal: { Service: [1] } }),
      'Statement[0].Principal.Service[0]',
      'not a text',
    ],
    ['has a Sid that is a number', changed({ Sid: 1 }), 'Statement[0].Sid', 'not a text'],
    [
      'has an unknown operator',
      changed({ Condition: { StringIs: { a: 'b' } } }),
      'Statement[0].Condition.StringIs',
      'not an operator',
    ],
    ['stands for nothing', changed({ Resource: '${imageARN}' }), 'the document', '"${imageARN}" stands for nothing'],
    ['has one Sid twice', templateOf({ ...valid, Sid: 'a' }, { ...valid, Sid: 'a' }), 'Statement', 'same Sid'],
  ])('that %s is refused', (_, template, at, message) => {
    const errors = problemsOf(template).filter(({ severity }) => severity === 'error');

    expect(errors).toContainEqual(
      expect.objectContaining({ code: 'policy-invalid', at, message: expect.stringContaining(message) as unknown }),
    );
    expect(errors.every(({ fix }) => fix.length > 0)).toBe(true);
  });

  it.each([
    ['StringEquals', 'aws:PrincipalAccount'],
    ['ArnLike', 'aws:SourceArn'],
    ['StringEquals', 'AWS:sourceaccount'],
    ['StringEquals', 'aws:SourceOrgID'],
    ['ForAnyValue:StringLike', 'aws:SourceOrgPaths'],
    ['StringEquals', 'aws:PrincipalOrgID'],
    ['StringEquals', 'aws:PrincipalTag/aws:team'],
    ['StringEquals', 'aws:ResourceTag/aws:team'],
    ['StringNotEquals', 'aws:PrincipalTag/team'],
    ['NotIpAddress', 'aws:SourceIp'],
  ])('with the condition %s of %s cannot be promoted', (operator, key) => {
    const codes = problemsOf(changed({ Condition: { [operator]: { [key]: 'x' } } })).map(({ code }) => code);

    expect(codes).toEqual(['principal-not-promotable']);
  });

  it.each([
    ['an organisation', shorthandPolicy(['o-abc123'], pair)],
    ['a unit', shorthandPolicy(['ou-ab12-12345678'], pair)],
  ])('for %s is refused unless somebody has tried it', (_, template) => {
    const [refused] = problemsOf(template);
    const [tried] = problemsOf(template, { principalKinds: ['organization'] });

    expect(refused).toMatchObject({ code: 'principal-not-promotable', severity: 'error' });
    expect(tried).toMatchObject({ code: 'principal-not-promotable', severity: 'warning' });
  });

  it.each([
    [
      'a role',
      changed({ Principal: { AWS: ['arn:aws:iam::222222222222:role/a'] } }),
      'warning principal-not-promotable Statement[0].Principal.AWS[0]',
    ],
    [
      'a user',
      changed({ Principal: { AWS: ['arn:aws:iam::222222222222:user/a'] } }),
      'warning principal-not-promotable Statement[0].Principal.AWS[0]',
    ],
    [
      'a service',
      changed({ Principal: { Service: 'ec2.amazonaws.com' } }),
      'warning principal-not-promotable Statement[0].Principal.Service',
    ],
    ['anyone', changed({ Principal: '*' }), 'warning principal-not-promotable Statement[0].Principal'],
    ['the owner', changed({ Principal: { AWS: '111111111111' } }), 'warning policy-invalid Statement[0].Principal.AWS'],
    ['one action of the pair', changed({ Action: 'imagebuilder:GetImage' }), 'warning policy-invalid Statement'],
    [
      'several statements',
      templateOf(valid, { ...valid, Principal: { AWS: '333333333333' } }),
      'warning policy-invalid Statement',
    ],
  ])('for %s has a warning', (_, template, warning) => {
    expect(summary(problemsOf(template))).toEqual([warning]);
  });

  it('that treats principals differently has a warning for the statements, their actions and their permissions', () => {
    const other = { ...valid, Principal: { AWS: '333333333333' }, Action: 'imagebuilder:GetImage' };

    expect(summary(problemsOf(templateOf(valid, other)))).toEqual(
      Array.from({ length: 3 }, () => 'warning policy-invalid Statement'),
    );
  });

  it('tells all that is wrong with it, in one go', () => {
    const template = changed({ Effect: 'Deny', Principal: { AWS: ['1', '*'] }, Action: '*', Resource: '*', Foo: 1 });

    expect(problemsOf(template).filter(({ severity }) => severity === 'error')).toHaveLength(5);
  });

  it('names the image by its ARN only where it is the one image', () => {
    const template = changed({ Resource: web });

    expect(problemsOf(template, { images: [web] })).toEqual([]);
    expect(summary(problemsOf(template, { images: [web, db] }))).toEqual([
      'error policy-invalid Statement[0].Resource',
    ]);
  });

  it('says where the JSON is wrong', () => {
    const problems = problemsOf('{\n  "Version": "2012-10-17",\n  "Statement": [}\n', {
      placeName: (_, { line, column }) => `p.json:${String(line)}:${String(column)}`,
    });

    expect(problems.map(({ at }) => at)).toEqual(['p.json:3:17']);
  });

  it('may have 30,000 characters once the longest ARN stands in it, and not one more', () => {
    const long: ImageArn = parseImageArn(
      `arn:aws:imagebuilder:us-east-1:111111111111:image/${'a'.repeat(100)}/1.0.0/1`,
    );
    const spare = 30_000 - changed({ Sid: '' }).replace('${imageArn}', long).length;

    expect(problemsOf(changed({ Sid: 'x'.repeat(spare) }), { images: [web, long, db] })).toEqual([]);
    expect(problemsOf(changed({ Sid: 'x'.repeat(spare + 1) }), { images: [web, long, db] })[0]?.message).toContain(
      '30001 characters',
    );
    expect(problemsOf(changed({ Sid: 'x'.repeat(spare + 1) }), { images: [web, db] })).toEqual([]);
  });

  it('is judged whatever its text is, and what has no error can be read', () => {
    const anyTemplate = fc.oneof(
      fc.string(),
      fc.json().map((json) => `{"Version":"2012-10-17","Statement":${json}}`),
      fc.dictionary(fc.constantFrom(...Object.keys(valid), 'Condition', 'Sid'), fc.jsonValue()).map(changed),
    );
    const isJudged = fc.property(anyTemplate, (template) => {
      const isWrong = problemsOf(template).some(({ severity }) => severity === 'error');

      expect(isWrong || policyGrants(template, '111111111111').length >= 0).toBe(true);
    });

    fc.assert(isJudged, { numRuns: 500 });
  });
});
