import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LoadedManifest } from '../../src/config/load.ts';
import { loadManifest } from '../../src/config/load.ts';
import type { OverridableGuardrail } from '../../src/domain/guardrails.ts';
import { imagesOf } from '../../src/domain/image-set.ts';
import { policyGrants } from '../../src/domain/policy.ts';
import { sha256 } from '../../src/sha256.ts';
import { aFolder, manifestText } from '../support/manifest-folder.ts';

const web = 'arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1';
const db = 'arn:aws:imagebuilder:us-east-1:111111111111:image/db/1.0.0/1';
const examples = new URL('../../examples/', import.meta.url);

const statement = {
  Effect: 'Allow',
  Principal: { AWS: ['222222222222'] },
  Action: ['imagebuilder:GetImage', 'imagebuilder:ListImages'],
  Resource: '${imageArn}',
};

async function load(text: string | Uint8Array, files: Readonly<Record<string, string>> = {}): Promise<LoadedManifest> {
  const folder = await aFolder({ 'm.yaml': text, ...files });
  return loadManifest(join(folder, 'm.yaml'));
}

describe('a manifest', () => {
  it('of a few lines is completed by the defaults', async () => {
    const { spec, problems } = await load(manifestText());

    expect(problems).toEqual([]);
    expect(spec).toEqual({
      rolloutName: 'golden-images',
      policyTemplate: expect.stringContaining('"AWS":["222222222222"]') as unknown,
      policySha256: sha256(spec.policyTemplate ?? ''),
      images: { '111111111111/us-east-1': { web: ['1.0.0/1'] } },
      selections: [],
      exclude: [],
      guardrails: { allowWildcardPrincipal: false, maxImages: 500, maxChangedPercentage: 100, requiredTags: {} },
      strategy: {
        waves: [{ name: 'all' }],
        maxConcurrent: { count: 10 },
        failureTolerance: { count: 0 },
        concurrencyMode: 'SOFT_FAILURE_TOLERANCE',
        onConflict: 'wait',
      },
      options: {
        foreignShares: 'block',
        onNotVisible: 'keep',
        ownerRoles: {},
        consumerRoles: {},
        // The defaults do not travel.
        timing: {},
      },
      manifestSha256: sha256(manifestText()),
    });
  });

  it('hands every field on', async () => {
    const { spec } = await load(
      manifestText({
        guardrails:
          "{ allowedAccounts: ['222222222222'], allowedOrganizations: [o-abc123], foreignShares: adopt, maxImages: 7, maxChangedPercentage: 50, requiredTags: { tested: 'true' } }",
        strategy:
          '{ maxConcurrentPercentage: 3, failureToleranceCount: 2, concurrencyMode: STRICT_FAILURE_TOLERANCE, onConflict: skip, waves: [{ name: canary, percentage: 5, soak: 10m, approval: { timeout: 4h } }, { name: europe, match: { names: [web-*], regions: [eu-west-1], tags: { stage: prod } }, count: 3, failureToleranceCount: 1 }, { name: rest }] }',
        verification:
          "{ timeout: 90s, settle: 0ms, onNotVisible: restore, consumerRoles: { 222222222222: { roleArn: 'arn:aws:iam::222222222222:role/r' } } }",
        accounts:
          "{ '111111111111': { name: images, roleArn: 'arn:aws:iam::111111111111:role/p' }, '222222222222': { name: Web (prod) } }",
        rateLimits: '{ PutImagePolicy: 5, ListResources: 0.5 }',
      }),
    );

    expect(spec.guardrails).toEqual({
      allowedAccounts: ['222222222222'],
      allowedOrganizations: ['o-abc123'],
      allowWildcardPrincipal: false,
      maxImages: 7,
      maxChangedPercentage: 50,
      requiredTags: { tested: 'true' },
    });
    expect(spec.strategy).toEqual({
      waves: [
        {
          name: 'canary',
          percentage: 5,
          soakMs: 600_000,
          approval: { required: 1, timeoutMs: 14_400_000 },
        },
        {
          name: 'europe',
          match: { names: ['web-*'], regions: ['eu-west-1'], tags: { stage: 'prod' } },
          count: 3,
          failureToleranceCount: 1,
        },
        { name: 'rest' },
      ],
      maxConcurrent: { percentage: 3 },
      failureTolerance: { count: 2 },
      concurrencyMode: 'STRICT_FAILURE_TOLERANCE',
      onConflict: 'skip',
    });
    expect(spec.accountNames).toEqual({ '111111111111': 'images', '222222222222': 'Web (prod)' });
    expect(spec.options).toMatchObject({
      foreignShares: 'adopt',
      onNotVisible: 'restore',
      ownerRoles: { '111111111111': { roleArn: 'arn:aws:iam::111111111111:role/p' } },
      consumerRoles: { '222222222222': { roleArn: 'arn:aws:iam::222222222222:role/r' } },
      rateLimits: { PutImagePolicy: 5, ListResources: 0.5 },
      timing: { verificationTimeoutMs: 90_000, settleMs: 0 },
    });
  });

  it('selects images that nobody has named yet', async () => {
    const select =
      "{ account: '111111111111', regions: [us-east-1, eu-west-1, us-east-1], name: 'web-*', minAge: 24h }";
    const chinese = "{ account: '111111111111', regions: [cn-north-1], version: 1.x.x, build: all, tags: { a: b } }";
    const images = `{ include: [{ select: ${select} }, { select: ${chinese} }], exclude: ['*/scratch-*'] }`;

    const { spec, problems } = await load(manifestText({ images }));

    expect(problems).toEqual([]);
    expect({ images: spec.images, exclude: spec.exclude }).toEqual({ images: {}, exclude: ['*/scratch-*'] });
    expect(spec.selections).toEqual([
      {
        account: '111111111111',
        regions: ['us-east-1', 'eu-west-1'],
        partition: 'aws',
        name: 'web-*',
        version: 'latest',
        build: 'latest',
        minAgeMs: 86_400_000,
        tags: {},
      },
      {
        account: '111111111111',
        regions: ['cn-north-1'],
        partition: 'aws-cn',
        name: '*',
        version: '1.x.x',
        build: 'all',
        minAgeMs: 0,
        tags: { a: 'b' },
      },
    ]);
  });

  it.each([0, 100])('may let %i %% of the images fail', async (percentage) => {
    const strategy = `{ maxConcurrentPercentage: 100, failureTolerancePercentage: ${percentage} }`;

    const { spec } = await load(manifestText({ strategy }));

    expect(spec.strategy).toMatchObject({ maxConcurrent: { percentage: 100 }, failureTolerance: { percentage } });
  });

  it.each<[OverridableGuardrail, string, string]>([
    ['allowedAccounts', '222222222222', '{ allowedAccounts: [], allowedOrganizations: [] }'],
    ['allowedOrganizations', 'o-abcdefgh12', "{ allowedAccounts: ['222222222222'] }"],
  ])('goes past %s where it is set aside by the name that its violation says', async (name, principal, guardrails) => {
    const policy = `{ principals: ['${principal}'], principalKinds: [organization] }`;
    const folder = await aFolder({ 'm.yaml': manifestText({ policy, guardrails }) });
    const path = join(folder, 'm.yaml');

    const refused = loadManifest(path);
    const says = expect.objectContaining({
      message: expect.stringContaining(`guardrails.${name}`) as unknown,
    }) as unknown;
    await expect(refused).rejects.toMatchObject({ context: { problems: expect.arrayContaining([says]) as unknown } });
    const { spec } = await loadManifest(path, { overrides: [name] });

    expect(spec.rolloutName).toBe('golden-images');
  });

  it('is held to no guardrail that somebody has set aside', async () => {
    const text = manifestText({ guardrails: '{ allowedAccounts: [] }' });
    const folder = await aFolder({ 'm.yaml': text });
    const path = join(folder, 'm.yaml');

    await expect(loadManifest(path)).rejects.toMatchObject({ code: 'guardrail-violated' });
    const { spec } = await loadManifest(path, { overrides: ['allowedAccounts'] });

    expect(spec.guardrails.allowedAccounts).toEqual([]);
  });

  it('without principals wants nobody', async () => {
    const { spec } = await load(manifestText({ policy: '{ principals: [] }' }));

    expect(spec.policyTemplate).toBeNull();
  });

  it('names a document, or holds it, to the same effect', async () => {
    const document = { Version: '2012-10-17', Statement: [statement] };
    const shorthand = await load(manifestText());
    const named = await load(manifestText({ policy: '{ file: p.json }' }), {
      'p.json': JSON.stringify(document, null, 2),
    });
    const held = await load(manifestText({ policy: `{ document: ${JSON.stringify(document)} }` }));

    const grants = [shorthand, named, held].map(({ spec }) => policyGrants(spec.policyTemplate ?? '', ''));

    expect(grants[1]).toEqual(grants[0]);
    expect(grants[2]).toEqual(grants[0]);
  });

  it.each([
    [
      'JSON',
      JSON.stringify(
        {
          apiVersion: 'policy-rollout/v1',
          name: 'golden-images',
          policy: { principals: ['222222222222'] },
          images: { include: [web] },
        },
        null,
        '\t',
      ),
    ],
    ['lines that end as on Windows', manifestText().replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${manifestText()}`],
    [
      'anchors',
      manifestText({
        policy: "{ principals: &accounts ['222222222222'] }",
        guardrails: '{ allowedAccounts: *accounts }',
      }),
    ],
  ])('may be written in %s', async (_, text) => {
    const { spec, problems } = await load(text);

    expect(problems).toEqual([]);
    expect(imagesOf(spec.images)).toEqual([web]);
    expect(spec.policyTemplate).toContain('222222222222');
  });

  it('takes each image once, and says that it was named again', async () => {
    const { spec, problems } = await load(manifestText({ images: `{ include: [${web}, { file: i.txt }, ${db}] }` }), {
      'i.txt': `# all of them\n${web}\r\n\n  ${db}  # the database\n`,
    });

    expect(imagesOf(spec.images)).toEqual([web, db]);
    expect(problems).toEqual([
      expect.objectContaining({ severity: 'warning', message: `2 of 4 images are named again, the first is ${web}` }),
    ]);
  });

  it('leaves out what a pattern covers, and says where a pattern covers nothing', async () => {
    const exclude = "['arn:aws:imagebuilder:*:image/d?/*', 'web']";
    const { spec, problems } = await load(
      manifestText({ images: `{ include: [${web}, ${db}], exclude: ${exclude} }` }),
    );

    expect(imagesOf(spec.images)).toEqual([web]);
    expect(problems.map(({ severity, message }) => [severity, message])).toEqual([
      ['warning', 'The pattern "web" leaves out none of the images'],
    ]);
  });

  it('may name files that begin with a byte order mark', async () => {
    const policy = `\uFEFF${JSON.stringify({ Version: '2012-10-17', Statement: [statement] })}`;
    const text = manifestText({ policy: '{ file: p.json }', images: '{ include: [{ file: i.txt }] }' });

    const { spec } = await load(text, { 'p.json': policy, 'i.txt': `\uFEFF${web}` });

    expect(imagesOf(spec.images)).toEqual([web]);
    expect(JSON.parse(spec.policyTemplate ?? '')).toMatchObject({ Version: '2012-10-17' });
  });

  it('counts an image that is named again once against its guardrails', async () => {
    const text = manifestText({ images: `{ include: [${web}, ${web}] }`, guardrails: '{ maxImages: 1 }' });

    const { spec } = await load(text);

    expect(imagesOf(spec.images)).toEqual([web]);
  });

  it('has a hash that follows every file it names', async () => {
    const text = manifestText({ images: '{ include: [{ file: i.txt }] }' });

    const one = await load(text, { 'i.txt': web });
    const same = await load(text, { 'i.txt': web });
    const other = await load(text, { 'i.txt': `${web}\n` });

    expect(same.spec.manifestSha256).toBe(one.spec.manifestSha256);
    expect(other.spec.manifestSha256).not.toBe(one.spec.manifestSha256);
  });

  it('of 10,000 images fits, and one that does not fit is refused', async () => {
    const images = (name: string) =>
      Array.from({ length: 10_000 }, (_, index) => web.replace('web/1.0.0', `${name}-${String(index)}/1.0.0`)).join(
        '\n',
      );
    const text = manifestText({ images: '{ include: [{ file: i.txt }] }', guardrails: '{ maxImages: 10000 }' });

    const { spec } = await load(text, { 'i.txt': images('web') });

    expect(imagesOf(spec.images)).toHaveLength(10_000);
    await expect(load(text, { 'i.txt': images('w'.repeat(150)) })).rejects.toMatchObject({ code: 'payload-too-large' });
  });

  it.each(['manifest.yaml', 'document.yaml', 'unshare.yaml', 'waves.yaml'])(
    'of the examples, %s, has no problem',
    async (name) => {
      const { problems } = await loadManifest(new URL(name, examples).pathname);

      expect(problems).toEqual([]);
    },
  );
});
