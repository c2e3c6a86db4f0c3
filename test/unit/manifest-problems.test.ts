import { execFileSync } from 'node:child_process';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadManifest } from '../../src/config/load.ts';
import { AppError } from '../../src/domain/errors.ts';
import { aFolder, manifestText } from '../support/manifest-folder.ts';

const web = 'arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1';

interface Refusal {
  readonly code: string;
  /** `file:line:column code message → fix` of each error. */
  readonly errors: readonly string[];
}

async function refusalOf(text: string, files: Readonly<Record<string, string>> = {}): Promise<Refusal> {
  const folder = await aFolder({ 'm.yaml': text, ...files });
  try {
    await loadManifest(join(folder, 'm.yaml'));
    return { code: 'fine', errors: [] };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const errors = (error.context.problems ?? []).filter(({ severity }) => severity === 'error');
    const lines = errors.map(({ at, code, message, fix }) => `${relative(folder, at)} ${code} ${message} → ${fix}`);
    return { code: error.code, errors: lines };
  }
}

// The section to write otherwise, its text, and what is said: place, code, words of the message or the remedy.
const sections: readonly (readonly [string, string, string, string])[] = [
  ['apiVersion', '', 'm.yaml:1:1', 'apiVersion is missing'],
  ['apiVersion', 'policy-rollout/v2', 'm.yaml:1:13', 'Write policy-rollout/v1.'],
  ['apiVersion', '1', 'm.yaml:1:13', 'apiVersion is 1'],
  ['name', '', 'm.yaml:1:1', 'name is missing'],
  ['name', 'Golden', 'm.yaml:2:7', '"Golden": it is not a name'],
  ['name', 'a/b', 'm.yaml:2:7', 'not a name'],
  ['name', '"a\\e[31mb"', 'm.yaml:2:7', 'not a name'],
  ['name', 'x'.repeat(65), 'm.yaml:2:7', 'not a name'],
  ['name', '12345', 'm.yaml:2:7', 'name is 12345, not a text'],
  ['name', 'null', 'm.yaml:2:7', 'name is empty, not a text'],
  ['name', '[a]', 'm.yaml:2:7', 'name is a list, not a text'],
  ['policy', '', 'm.yaml:1:1', 'policy is missing'],
  ['policy', 'x', 'm.yaml:3:9', 'policy is "x", not an object'],
  ['policy', '{}', 'm.yaml:3:9', 'has to name one of principals, file and document'],
  ['policy', "{ principals: ['222222222222'], file: p.json }", 'm.yaml:3:9', 'has to name one of'],
  ['policy', '{ file: p.json, actions: [imagebuilder:GetImage] }', 'm.yaml:3:34', 'stands without principals'],
  ['policy', '{ principals: [222222222222] }', 'm.yaml:3:24', "Put it in quotes: '222222222222'."],
  ['policy', '{ principals: [022222222222] }', 'm.yaml:3:24', 'loses its leading zero'],
  ['policy', '{ principals: [0222_2222_2222] }', 'm.yaml:3:24', 'not an account id'],
  ['policy', "{ principals: ['22222222222'] }", 'm.yaml:3:24', 'not an account id of 12 digits'],
  ['policy', "{ principals: ['arn:aws:iam::22222222222:root'] }", 'm.yaml:3:24', 'not an account id'],
  ['policy', "{ principals: ['arn:aws:sts::222222222222:assumed-role/a/b'] }", 'm.yaml:3:24', 'not an account id'],
  ['policy', "{ principals: '222222222222' }", 'm.yaml:3:23', 'not a list'],
  ['policy', "{ principals: ['222222222222'], actions: [] }", 'm.yaml:3:50', 'an empty list: at least 1 items'],
  [
    'policy',
    "{ principals: ['222222222222'], actions: ['imagebuilder:*'] }",
    'm.yaml:3:51',
    'not an action of Image Builder',
  ],
  [
    'policy',
    "{ principals: ['222222222222'], actions: ['ec2:RunInstances'] }",
    'm.yaml:3:51',
    'not an action of Image Builder',
  ],
  ['policy', "{ principal: ['222222222222'] }", 'm.yaml:3:11', 'Did you mean "principals"?'],
  ['policy', "{ principals: ['222222222222'], principalKinds: [organisation] }", 'm.yaml:3:58', 'Write organization.'],
  ['policy', '{ document: [] }', 'm.yaml:3:21', 'not an object'],
  ['policy', '{ file: "" }', 'm.yaml:3:17', 'at least 1 characters'],
  ['images', '', 'm.yaml:1:1', 'images is missing'],
  ['images', '[a]', 'm.yaml:4:9', 'images is a list, not an object'],
  ['images', '{ include: [] }', 'm.yaml:4:20', 'an empty list'],
  ['images', `{ include: ${web} }`, 'm.yaml:4:20', 'not a list'],
  ['images', '{ include: [ami-0123] }', 'm.yaml:4:21', 'not the ARN of an image build'],
  ['images', `{ include: [${web}, ${web.slice(0, -2)}] }`, 'm.yaml:4:84', 'images.include[1]'],
  ['images', '{ include: [{ flie: i.txt }] }', 'm.yaml:4:23', 'Did you mean "file"?'],
  [
    'images',
    `{ include: [{ file: i.txt, select: { account: '111111111111', regions: [us-east-1] } }] }`,
    'm.yaml:4:21',
    'either file or select',
  ],
  ['images', '{ include: [{}] }', 'm.yaml:4:21', 'either file or select'],
  ['images', '{ include: [{ select: { regions: [us-east-1] } }] }', 'm.yaml:4:23', 'select.account is missing'],
  ['images', "{ include: [{ select: { account: '111111111111', regions: [] } }] }", 'm.yaml:4:67', 'an empty list'],
  [
    'images',
    "{ include: [{ select: { account: '111111111111', regions: [Ireland] } }] }",
    'm.yaml:4:68',
    'not the name of a Region',
  ],
  [
    'images',
    "{ include: [{ select: { account: '111111111111', regions: [us-east-1, cn-north-1] } }] }",
    'm.yaml:4:67',
    'one select for each partition',
  ],
  [
    'images',
    "{ include: [{ select: { account: '111111111111', regions: [us-east-1], version: 1.x } }] }",
    'm.yaml:4:89',
    "not 'latest', 'all', or a version",
  ],
  [
    'images',
    "{ include: [{ select: { account: '111111111111', regions: [us-east-1], build: newest } }] }",
    'm.yaml:4:87',
    'Write one of latest, all',
  ],
  [
    'images',
    "{ include: [{ select: { account: '111111111111', regions: [us-east-1], minAge: 1 } }] }",
    'm.yaml:4:88',
    'is 1, not a text',
  ],
  [
    'images',
    "{ include: [{ select: { account: '111111111111', regions: [us-east-1], tags: { tested: true } } }] }",
    'm.yaml:4:96',
    'not a text',
  ],
  ['images', '{ include: [7] }', 'm.yaml:4:21', 'images.include[0] is 7'],
  ['images', '{ include: [null] }', 'm.yaml:4:21', 'images.include[0] is empty'],
  ['images', `{ include: [${web}], exclude: '*' }`, 'm.yaml:4:94', 'not a list'],
  ['images', `{ include: [${web}], excludes: [] }`, 'm.yaml:4:85', 'Did you mean "exclude"?'],
  ['guardrails', '[]', 'm.yaml:5:13', 'not an object'],
  ['guardrails', '{ allowedAccounts: [222222222222] }', 'm.yaml:5:33', "Put it in quotes: '222222222222'."],
  ['guardrails', '{ allowedOrganizations: [r-ab12] }', 'm.yaml:5:38', 'not the id of an organisation'],
  ['guardrails', '{ allowWildcardPrincipal: yes }', 'm.yaml:5:39', 'not true or false'],
  ['guardrails', '{ foreignShares: blok }', 'm.yaml:5:30', 'Did you mean "block"?'],
  ['guardrails', '{ maxImages: 0 }', 'm.yaml:5:26', 'maxImages is 0: at least 1'],
  ['guardrails', '{ maxImages: 10001 }', 'm.yaml:5:26', 'at most 10000'],
  ['guardrails', '{ max_images: 5 }', 'm.yaml:5:15', 'Did you mean "maxImages"?'],
  ['strategy', '{ maxConcurrentCount: 1.5 }', 'm.yaml:5:33', 'not a whole number'],
  ['strategy', '{ maxConcurrentCount: "10" }', 'm.yaml:5:33', 'not a number'],
  ['strategy', '{ failureToleranceCount: -1 }', 'm.yaml:5:36', 'at least 0'],
  ['strategy', '{ onConflict: Wait }', 'm.yaml:5:25', 'Did you mean "wait"?'],
  ['strategy', '{ onConflict: zzz }', 'm.yaml:5:25', 'Write one of wait, skip, fail.'],
  ['strategy', '{ waves: [] }', 'm.yaml:5:20', 'an empty list'],
  ['strategy', '{ waves: [{ name: Canary }] }', 'm.yaml:5:29', 'not a name'],
  ['strategy', '{ waves: [{ name: a, count: 1 }, { name: a }] }', 'm.yaml:5:52', 'names an earlier wave'],
  ['strategy', '{ waves: [{ name: a }, { name: b }] }', 'm.yaml:5:34', 'comes after "a", which takes every image'],
  ['strategy', '{ waves: [{ name: a, percentage: 100 }, { name: b }] }', 'm.yaml:5:51', 'Put "a" last'],
  ['strategy', '{ waves: [{ name: a, percentage: 0 }] }', 'm.yaml:5:44', 'at least 1'],
  ['strategy', '{ waves: [{ name: a, match: {} }] }', 'm.yaml:5:39', 'fits every image'],
  ['strategy', '{ waves: [{ name: a, soak: 10 }] }', 'm.yaml:5:38', 'not a text'],
  ['strategy', '{ waves: [{ name: a, approval: { required: 0 } }] }', 'm.yaml:5:54', 'at least 1'],
  ['strategy', '{ waves: [{ name: a, percent: 5 }] }', 'm.yaml:5:32', 'Did you mean "percentage"?'],
  [
    'strategy',
    '{ maxConcurrentCount: 1, maxConcurrentPercentage: 5 }',
    'm.yaml:5:61',
    'stands beside maxConcurrentCount',
  ],
  ['strategy', '{ maxConcurrentPercentage: 101 }', 'm.yaml:5:38', 'at most 100'],
  ['strategy', '{ maxConcurrentPercentage: 0 }', 'm.yaml:5:38', 'at least 1'],
  ['strategy', '{ failureTolerancePercentage: -1 }', 'm.yaml:5:41', 'at least 0'],
  ['strategy', '{ failureTolerancePercentage: 101 }', 'm.yaml:5:41', 'at most 100'],
  ['strategy', '{ concurrencyMode: STRICT }', 'm.yaml:5:30', 'STRICT_FAILURE_TOLERANCE'],
  ['guardrails', '{ maxChangedPercentage: 101 }', 'm.yaml:5:37', 'at most 100'],
  ['guardrails', '{ requiredTags: { tested: true } }', 'm.yaml:5:39', 'not a text'],
  ['verification', '{ timeout: 15 }', 'm.yaml:5:26', 'verification.timeout is 15, not a text'],
  ['verification', '{ timeout: 15 minutes }', 'm.yaml:5:26', 'not a duration'],
  ['verification', '{ timeout: 2d }', 'm.yaml:5:26', 'not a duration of 1s to 1d'],
  ['verification', '{ settle: -1s }', 'm.yaml:5:25', 'not a duration'],
  ['verification', '{ onNotVisible: revert }', 'm.yaml:5:31', 'Write one of keep, restore.'],
  ['verification', "{ consumerRoles: { '22': { roleArn: x } } }", 'm.yaml:5:34', 'The key "22" is not an account id'],
  ['verification', "{ consumerRoles: { '222222222222': arn } }", 'm.yaml:5:50', 'not an object'],
  [
    'accounts',
    "{ '111111111111': { roleArn: 'arn:aws:iam::222222222222:role/a' } }",
    'm.yaml:5:40',
    'a role of another account',
  ],
  [
    'accounts',
    "{ '111111111111': { roleArn: 'arn:aws:iam::111111111111:user/a' } }",
    'm.yaml:5:40',
    'not the ARN of a role',
  ],
  ['rateLimits', '{ PutImagePolicys: 5 }', 'm.yaml:5:15', 'Did you mean "PutImagePolicy"?'],
  ['rateLimits', '{ PutImagePolicy: 0 }', 'm.yaml:5:31', 'at least 0.5'],
  ['rateLimits', '{ PutImagePolicy: -5, GetImage: fast }', 'm.yaml:5:45', 'not a number'],
  ['accounts', "{ '111111111111': {} }", 'm.yaml:5:29', 'neither a name nor a roleArn'],
  ['accounts', "{ '111111111111': { name: '' } }", 'm.yaml:5:37', 'not a name of 1 to 64 printable characters'],
  ['waves', '[]', 'm.yaml:5:1', 'The key "waves" is not known'],
  ['__proto__', '{ name: x }', 'm.yaml:5:1', 'A key is called __proto__'],
  ['accounts', '{ __proto__: { name: x } }', 'm.yaml:5:13', 'A key is called __proto__'],
  ['policy', `{ document: { __proto__: 1 } }`, 'm.yaml:3:23', 'A key is called __proto__'],
  ['accounts', "{ 222222222222: { name: a }, '222222222222': { name: b } }", 'm.yaml:5:40', 'The key stands twice'],
];

describe('a manifest that is not valid', () => {
  it.each(sections)('with %s: %s is refused at %s: %s', async (section, text, at, words) => {
    const { code, errors } = await refusalOf(manifestText({ [section]: text }), { 'p.json': '{}' });

    expect(code).toBe('manifest-invalid');
    expect(errors).toContainEqual(expect.stringMatching(startingAt(at)));
    expect(errors.join('\n')).toContain(words);
  });

  it.each<[string, string, string, string]>([
    ['nothing', 'm.yaml:1:1', 'The file is empty', ''],
    ['a comment alone', 'm.yaml:1:1', 'The file is empty', '# later\n'],
    ['a text', 'm.yaml:1:1', 'not an object', 'golden'],
    ['a list', 'm.yaml:1:1', 'not an object', '- golden'],
    ['a list that does not end', 'm.yaml:1:', 'syntax', 'name: [a'],
    ['a tab', 'm.yaml:1:1', 'A tab indents a line', '\tname: a'],
    ['a key twice', 'm.yaml:2:1', 'The key stands twice', 'name: a\nname: b'],
    ['two documents', 'm.yaml:2:1', 'several documents', 'name: a\n---\nname: b'],
    ['a tag', 'm.yaml:1:7', 'Unresolved tag', 'name: !!js/function x'],
    ['an unknown alias', 'm.yaml:1:7', '*nobody stands for nothing', 'name: *nobody'],
    ['a list as key', 'm.yaml:1:3', 'A key is not a text', '? [a]\n: b'],
    ['an alias to itself', 'm.yaml:2:', 'nested', 'name: &a\n  b: *a'],
    ['brackets by the thousand', 'm.yaml:1:', 'nested', `name: ${'['.repeat(20_000)}`],
    ['aliases that stand for millions of values', 'm.yaml:', 'more than 50000 values', bomb()],
  ])('of %s is refused at %s: %s', async (_, at, words, text) => {
    const { code, errors } = await refusalOf(text);

    expect(code).toBe('manifest-invalid');
    expect(errors).toContainEqual(expect.stringContaining(at));
    expect(errors.join('\n')).toContain(words);
  });

  it.each<[string, string, Uint8Array]>([
    ['UTF-16', 'not a text in UTF-8', Buffer.from('\uFEFFname: a', 'utf16le')],
    ['Latin 1', 'not a text in UTF-8', Buffer.from('name: é', 'latin1')],
    ['a program', 'not a text in UTF-8', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0])],
    ['more than five million bytes', 'has 5000001 bytes', Buffer.alloc(5_000_001, 'a')],
  ])('in %s is refused: %s', async (_, words, bytes) => {
    const folder = await aFolder({ 'm.yaml': bytes });

    await expect(loadManifest(join(folder, 'm.yaml'))).rejects.toMatchObject({
      code: 'manifest-invalid',
      message: expect.stringContaining(words) as unknown,
    });
  });

  it('is not valid, whatever else was found before that', async () => {
    const text = manifestText({ policy: '{ file: p.json }', images: '{ include: [{ file: none.txt }] }' });

    const { code, errors } = await refusalOf(text, { 'p.json': '\0' });

    expect(code).toBe('manifest-invalid');
    expect(errors).toEqual([
      expect.stringContaining('p.json is not a text in UTF-8'),
      expect.stringContaining('none.txt cannot be read'),
    ]);
  });

  it('that is not there is not found', async () => {
    const folder = await aFolder({});

    await expect(loadManifest(join(folder, 'none.yaml'))).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(loadManifest(folder)).rejects.toMatchObject({ code: 'file-not-found' });
  });

  it('tells everything in one go, in the order of the text, whatever section it is in', async () => {
    const text = manifestText({
      name: 'Golden',
      policy: '{ principals: [o-abc123] }',
      images: '{ include: [x] }',
      guardrails: '{ allowedOrganizations: [] }',
      strategy: '{ onConflict: never }',
    });

    const { code, errors } = await refusalOf(text);

    expect(code).toBe('manifest-invalid');
    expect(errors.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'm.yaml:2:7 manifest-invalid',
      'm.yaml:3:24 principal-not-promotable',
      'm.yaml:4:21 manifest-invalid',
      'm.yaml:5:37 guardrail-violated',
      'm.yaml:6:25 manifest-invalid',
    ]);
  });
});

describe('a manifest that is valid, but not what it names,', () => {
  const document = (changes: object) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: '222222222222' },
          Action: 'imagebuilder:GetImage',
          Resource: '${imageArn}',
          ...changes,
        },
      ],
    });

  it.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, string, string]>([
    ['a policy that is not there', { policy: '{ file: none.json }' }, {}, 'file-not-found', 'm.yaml:3:17'],
    [
      'a list of images that is not there',
      { images: '{ include: [{ file: none.txt }] }' },
      {},
      'file-not-found',
      'm.yaml:4:29',
    ],
    [
      'a bad line in a list of images',
      { images: '{ include: [{ file: i.txt }] }' },
      { 'i.txt': `${web}\n  ami-1\n` },
      'image-arn-invalid',
      'i.txt:2:3',
    ],
    [
      'an image whose partition is not that of its Region',
      { images: `{ include: [${web.replace('arn:aws:', 'arn:aws-cn:')}] }` },
      {},
      'image-arn-invalid',
      'm.yaml:4:21',
    ],
    [
      'such an image in a list of images',
      { images: '{ include: [{ file: i.txt }] }' },
      { 'i.txt': `${web}\n  ${web.replace('us-east-1', 'cn-north-1')}\n` },
      'image-arn-invalid',
      'i.txt:2:3',
    ],
    [
      'an empty list of images',
      { images: '{ include: [{ file: i.txt }] }' },
      { 'i.txt': '# none\n' },
      'selection-empty',
      'm.yaml:4:9',
    ],
    [
      'images that are all left out',
      { images: `{ include: [${web}], exclude: ['*'] }` },
      {},
      'selection-empty',
      'm.yaml:4:9',
    ],
    [
      'a policy that is not JSON',
      { policy: '{ file: p.json }' },
      { 'p.json': '{\n "Version": x }' },
      'policy-invalid',
      'p.json:2:13',
    ],
    ['an empty policy', { policy: '{ file: p.json }' }, { 'p.json': '' }, 'policy-invalid', 'p.json:1:1'],
    [
      'a policy that denies',
      { policy: '{ file: p.json }' },
      { 'p.json': document({ Effect: 'Deny' }) },
      'policy-invalid',
      'p.json:1:48',
    ],
    [
      'a document of its own that allows all',
      { policy: `{ document: ${document({ Action: '*' })} }` },
      {},
      'policy-invalid',
      'm.yaml:3:120',
    ],
    [
      'a policy of another partition',
      { policy: "{ principals: ['222222222222', 'arn:aws-cn:iam::222222222222:role/a'] }" },
      {},
      'policy-invalid',
      'm.yaml:3:40',
    ],
    [
      'an organisation',
      { policy: "{ principals: ['222222222222', o-abc123] }" },
      {},
      'principal-not-promotable',
      'm.yaml:3:40',
    ],
    ['anyone', { policy: "{ principals: ['*'] }" }, {}, 'guardrail-violated', 'm.yaml:1:1'],
    [
      'an account that is not allowed',
      { guardrails: '{ allowedAccounts: [] }' },
      {},
      'guardrail-violated',
      'm.yaml:5:32',
    ],
    [
      'more images than allowed',
      { images: `{ include: [${web}, ${web}2] }`, guardrails: '{ maxImages: 1 }' },
      {},
      'guardrail-violated',
      'm.yaml:5:26',
    ],
  ])('names %s', async (_, changes, files, code, at) => {
    const refusal = await refusalOf(manifestText(changes), files);

    expect(refusal.code).toBe(code);
    expect(refusal.errors).toContainEqual(expect.stringMatching(startingAt(`${at} ${code}`)));
  });
});

function startingAt(place: string): RegExp {
  return new RegExp(`^${place.replaceAll('.', '\\.')} `);
}

function bomb(): string {
  const names = Array.from({ length: 12 }, (_, index) => `k${String(index)}`);
  const lines = names
    .slice(1)
    .map((name, index) => `${name}: &${name} [${Array.from({ length: 10 }, () => `*k${String(index)}`).join(', ')}]`);
  return ['k0: &k0 [x, x]', ...lines].join('\n');
}

it('refuses a manifest that is a named pipe, to which nobody may ever write', async () => {
  const path = join(await aFolder({}), 'pipe.yaml');
  execFileSync('mkfifo', [path]);

  await expect(loadManifest(path)).rejects.toMatchObject({
    code: 'manifest-invalid',
    message: `${path} is a named pipe, not a file`,
  });
});
