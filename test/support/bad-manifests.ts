/** A manifest that must be refused: what is wrong with it, how, and what the message has to name. */
export interface BadManifest {
  readonly what: string;
  readonly text: string;
  readonly exitCode: number;
  readonly code: string;
  /** The place or the item, and words of the cause. */
  readonly says: readonly string[];
}

const image = 'arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1';
const good = {
  apiVersion: 'policy-rollout/v1',
  name: 'golden-images',
  policy: { principals: ['222222222222'] },
  images: { include: [image] },
};
const statement = {
  Effect: 'Allow',
  Principal: { AWS: ['222222222222'] },
  Action: ['imagebuilder:GetImage', 'imagebuilder:ListImages'],
  Resource: '${imageArn}',
};

/** A manifest that is right but for what is given; JSON is YAML. */
function manifest(changes: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...good, ...changes });
}

function policy(changes: Readonly<Record<string, unknown>>): string {
  return document({ Version: '2012-10-17', Statement: [{ ...statement, ...changes }] });
}

function document(policyDocument: unknown): string {
  return manifest({ policy: { document: policyDocument } });
}

type Row = readonly [what: string, text: string, ...says: string[]];

function rows(exitCode: number, code: string, table: readonly Row[]): readonly BadManifest[] {
  return table.map(([what, text, ...says]) => ({ what, text, exitCode, code, says }));
}

const texts = rows(65, 'manifest-invalid', [
  ['nothing', '', 'empty'],
  ['only comments', '# nothing\n', 'empty'],
  ['a list', '- a\n- b\n', ':1:1'],
  ['a single word', 'hello', ':1:1'],
  ['a tab for indentation', 'name:\n\t- x\n', ':2:1'],
  ['an open bracket', 'name: [a\n', ':2:1'],
  ['an open quote', "name: 'a\n", ':2:1'],
  ['a key twice', manifest({}).replace('"name"', '"name":"a","name"'), 'twice'],
  ['two documents', 'name: a\n---\nname: b\n', 'document'],
  ['an unknown alias', 'name: *nobody\n', ':1:7'],
  ['a NUL character', 'name: a\0b\n', 'UTF-8'],
  ['JSON with a comma too much', '{"name": "a",,}', ':1:'],
  ['control characters in a key', '{"na\\u001b[31mme": 1}', 'apiVersion'],
]);

const heads = rows(65, 'manifest-invalid', [
  ['no apiVersion', manifest({ apiVersion: undefined }), 'apiVersion'],
  ['another apiVersion', manifest({ apiVersion: 'policy-rollout/v2' }), 'apiVersion'],
  ['a number as apiVersion', manifest({ apiVersion: 1 }), 'apiVersion'],
  ['no name', manifest({ name: undefined }), 'name'],
  ['an empty name', manifest({ name: '' }), 'name'],
  ['a name in capitals', manifest({ name: 'Golden' }), 'Golden'],
  ['a name with a slash', manifest({ name: 'a/b' }), 'a/b'],
  ['a name of 65 characters', manifest({ name: 'a'.repeat(65) }), 'name'],
  ['a name with an escape sequence', manifest({ name: 'a\u001b[2Jb' }), 'name'],
  ['a number as name', manifest({ name: 7 }), 'name'],
  ['a slip in a key', manifest({ polcy: {} }), 'polcy', 'policy'],
  ['a key that objects inherit', '{"constructor": 1}', 'constructor'],
  ['an account called __proto__', manifest({}).replace('{', '{"accounts":{"__proto__":{"name":"x"}},'), '__proto__'],
  ['no policy', manifest({ policy: undefined }), 'policy'],
  ['no images', manifest({ images: undefined }), 'images'],
  ['null as images', manifest({ images: null }), 'images'],
]);

const policies = rows(65, 'manifest-invalid', [
  ['an empty policy', manifest({ policy: {} }), 'principals'],
  ['a text as policy', manifest({ policy: 'everybody' }), 'policy'],
  ['principals beside a document', manifest({ policy: { principals: [], document: {} } }), 'principals'],
  ['a text as principals', manifest({ policy: { principals: '222222222222' } }), 'principals'],
  ['a number as principal', manifest({ policy: { principals: [222222222222] } }), 'principals'],
  ['an account of 11 digits', manifest({ policy: { principals: ['22222222222'] } }), '22222222222'],
  ['a lost leading zero', 'policy: { principals: [012345678901] }\n', 'principals'],
  ['an e-mail address as principal', manifest({ policy: { principals: ['ann@example.com'] } }), 'ann@example.com'],
  ['no actions', manifest({ policy: { principals: ['222222222222'], actions: [] } }), 'actions'],
  ['every action', manifest({ policy: { principals: ['222222222222'], actions: ['*'] } }), 'actions'],
  ['an action of EC2', manifest({ policy: { principals: ['222222222222'], actions: ['ec2:RunInstances'] } }), 'ec2'],
  [
    'an unknown kind of principal',
    manifest({ policy: { principals: [], principalKinds: ['team'] } }),
    'principalKinds',
  ],
]);

const documents = rows(65, 'policy-invalid', [
  ['no Version', document({ Statement: [statement] }), 'Version'],
  ['another Version', document({ Version: '2008-10-17', Statement: [statement] }), '2012-10-17'],
  ['no Statement', document({ Version: '2012-10-17' }), 'no statement'],
  ['an empty Statement', document({ Version: '2012-10-17', Statement: [] }), 'no statement'],
  ['an unknown key', document({ Version: '2012-10-17', Statement: [statement], Extra: 1 }), 'Extra'],
  ['Deny', policy({ Effect: 'Deny' }), 'Deny'],
  ['no Effect', policy({ Effect: undefined }), 'Effect'],
  ['no Principal', policy({ Principal: undefined }), 'Principal'],
  ['a NotPrincipal', policy({ Principal: undefined, NotPrincipal: { AWS: '222222222222' } }), 'NotPrincipal'],
  ['a NotAction', policy({ Action: undefined, NotAction: 'imagebuilder:GetImage' }), 'NotAction'],
  ['no Action', policy({ Action: undefined }), 'Action'],
  ['an action of EC2', policy({ Action: 'ec2:RunInstances' }), 'ec2:RunInstances'],
  ['no Resource', policy({ Resource: undefined }), 'Resource'],
  ['the resource of another image', policy({ Resource: image.replace('web', 'api') }), 'api'],
  ['every resource', policy({ Resource: '*' }), 'Resource'],
  ['a principal of 3 digits', policy({ Principal: { AWS: ['222'] } }), '222'],
  ['no principals', policy({ Principal: { AWS: [] } }), 'Principal'],
  ['a session of a role', policy({ Principal: { AWS: 'arn:aws:sts::222222222222:assumed-role/a/b' } }), 'session'],
  ['a principal of China', policy({ Principal: { AWS: 'arn:aws-cn:iam::222222222222:root' } }), 'aws-cn'],
  ['a policy that is too long', policy({ Sid: 'a'.repeat(30_001) }), '30000'],
]);

const images = [
  ...rows(65, 'manifest-invalid', [
    ['no ARN at all', manifest({ images: { include: ['web'] } }), 'web'],
    ['a version instead of a build', manifest({ images: { include: [image.slice(0, -2)] } }), 'image/web/1.0.0'],
    ['a component', manifest({ images: { include: [image.replace(':image/', ':component/')] } }), 'component'],
    [
      'an account of 11 digits',
      manifest({ images: { include: [image.replace('111111111111', '11111111111')] } }),
      '11111111111',
    ],
    ['an image of AWS', manifest({ images: { include: [image.replace('111111111111', 'aws')] } }), ':aws:'],
    ['a wildcard version', manifest({ images: { include: [image.replace('1.0.0/1', 'x.x.x')] } }), 'x.x.x'],
    ['a name in capitals', manifest({ images: { include: [image.replace('web', 'Web')] } }), 'Web'],
    ['an AMI', manifest({ images: { include: ['ami-0123456789abcdef0'] } }), 'ami-0123456789abcdef0'],
    ['an escape sequence', manifest({ images: { include: [`${image}\u001b]0;title\u0007`] } }), 'image/web/1.0.0/1'],
    ['a line end', manifest({ images: { include: [`${image}\nerror[fake]: all is well`] } }), 'image/web/1.0.0/1'],
  ]),
  ...rows(65, 'manifest-invalid', [
    ['an empty list', manifest({ images: { include: [] } }), 'include'],
    ['a text as list', manifest({ images: { include: image } }), 'include'],
    ['an unknown key', manifest({ images: { include: [image], exlude: [] } }), 'exlude'],
    ['a number as image', manifest({ images: { include: [7] } }), 'include'],
  ]),
  ...rows(66, 'file-not-found', [
    ['a list that is not there', manifest({ images: { include: [{ file: 'none.txt' }] } }), 'none.txt'],
    ['a policy that is not there', manifest({ policy: { file: 'none.json' } }), 'none.json'],
  ]),
  ...rows(66, 'selection-empty', [
    ['everything excluded', manifest({ images: { include: [image], exclude: ['arn:*'] } }), 'exclude'],
  ]),
];

const rules = [
  ...rows(65, 'manifest-invalid', [
    ['no lane', manifest({ strategy: { maxConcurrentCount: 0 } }), 'maxConcurrentCount'],
    ['a half lane', manifest({ strategy: { maxConcurrentCount: 1.5 } }), 'maxConcurrentCount'],
    ['a text as number', manifest({ strategy: { maxConcurrentCount: 'ten' } }), 'maxConcurrentCount'],
    ['a negative tolerance', manifest({ strategy: { failureToleranceCount: -1 } }), 'failureToleranceCount'],
    ['an unknown conflict rule', manifest({ strategy: { onConflict: 'steal' } }), 'onConflict'],
    ['a duration without a unit', manifest({ verification: { timeout: 15 } }), 'timeout'],
    ['a duration of a year', manifest({ verification: { timeout: '365d' } }), 'timeout'],
    ['an unknown verdict rule', manifest({ verification: { onNotVisible: 'shrug' } }), 'onNotVisible'],
    ['a role that is none', manifest({ accounts: { '111111111111': { roleArn: 'admin' } } }), 'roleArn'],
    [
      'a role of a short account',
      manifest({ accounts: { '1': { roleArn: 'arn:aws:iam::111111111111:role/r' } } }),
      '12 digits',
    ],
    ['an unknown rule for shares', manifest({ guardrails: { foreignShares: 'steal' } }), 'foreignShares'],
    ['a short account that is allowed', manifest({ guardrails: { allowedAccounts: ['2'] } }), 'allowedAccounts'],
    ['an unknown guardrail', manifest({ guardrails: { allowedAcounts: [] } }), 'allowedAcounts'],
  ]),
  ...rows(7, 'guardrail-violated', [
    ['an account that is not allowed', manifest({ guardrails: { allowedAccounts: ['333333333333'] } }), '222222222222'],
    ['everybody', manifest({ policy: { principals: ['*'] } }), 'every account'],
    [
      'too many images',
      manifest({ images: { include: [image, `${image}1`] }, guardrails: { maxImages: 1 } }),
      'maxImages',
    ],
  ]),
  ...rows(65, 'principal-not-promotable', [
    ['an organisation', manifest({ policy: { principals: ['o-abcdefghij'] } }), 'aws:PrincipalOrgID'],
  ]),
];

/** Manifests with one thing wrong each. */
export const badManifests: readonly BadManifest[] = [
  ...texts,
  ...heads,
  ...policies,
  ...documents,
  ...images,
  ...rules,
];
