import { ImagebuilderClient, ListImagesCommand } from '@aws-sdk/client-imagebuilder';
import { GetResourceSharesCommand, ListResourcesCommand, RAMClient } from '@aws-sdk/client-ram';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { expect, it } from 'vitest';
import { aSimulator, anImageArn, clientConfig } from '../support/simulator.ts';
import { clientsOf, policyOf } from './clients.ts';

const imageArn = anImageArn();
const missingShare = 'arn:aws:ram:us-east-1:111111111111:resource-share/2ebe77d7-4156-4a93-87a4-228568d04425';

it('1.1 serves Image Builder, RAM and STS on one port', async () => {
  const simulator = await aSimulator({ seed: { images: [{ arn: imageArn }] } });
  const { images, ram, sts } = clientsOf(simulator);

  const listed = await images.send(new ListImagesCommand({}));
  const shares = await ram.send(new GetResourceSharesCommand({ resourceOwner: 'SELF' }));
  const identity = await sts.send(new GetCallerIdentityCommand({}));

  expect(listed.imageVersionList).toMatchObject([{ name: 'web', version: '1.0.0' }]);
  expect(shares.resourceShares).toEqual([]);
  expect(identity.Account).toBe('111111111111');
});

it('1.2 takes the account from the access key id, and else the default account', async () => {
  const simulator = await aSimulator({ defaultAccount: '555555555555' });
  const named = clientsOf(simulator, { account: '444444444444' });
  const nameless = { ...clientConfig(simulator.url), credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

  await named.images.send(new ListImagesCommand({}));
  await new ImagebuilderClient(nameless).send(new ListImagesCommand({}));

  expect(simulator.journal().map(({ account }) => account)).toEqual(['444444444444', '555555555555']);
});

it('1.3 keeps Regions apart by the signature', async () => {
  const simulator = await aSimulator({ seed: { images: [{ arn: imageArn }] } });

  const elsewhere = await clientsOf(simulator, { region: 'eu-west-1' }).images.send(new ListImagesCommand({}));

  expect(elsewhere.imageVersionList).toEqual([]);
  await expect(policyOf(clientsOf(simulator, { region: 'eu-west-1' }), imageArn)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

it('1.4 names an error in a header and in the body, and every answer has a request id', async () => {
  const { url } = await aSimulator();

  const response = await fetch(`${url}/GetImagePolicy?imageArn=${imageArn}`, { headers: signed });

  expect(response.headers.get('x-amzn-errortype')).toBe('ResourceNotFoundException');
  expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  await expect(response.json()).resolves.toEqual({
    __type: 'ResourceNotFoundException',
    message: `The resource with ARN ${imageArn} does not exist.`,
  });
});

it('1.5 answers every client error of RAM with 400', async () => {
  const { ram } = clientsOf(await aSimulator());
  const lookup = new GetResourceSharesCommand({ resourceOwner: 'SELF', resourceShareArns: [missingShare] });

  await expect(ram.send(lookup)).rejects.toMatchObject({
    name: 'UnknownResourceException',
    $metadata: { httpStatusCode: 400 },
  });
});

it('1.6 assumes a role of another account', async () => {
  const simulator = await aSimulator();
  const role = { RoleArn: 'arn:aws:iam::222222222222:role/reader', RoleSessionName: 'verify' };

  const { Credentials } = await clientsOf(simulator).sts.send(new AssumeRoleCommand(role));
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  await new RAMClient({ ...clientConfig(simulator.url), credentials }).send(
    new ListResourcesCommand({ resourceOwner: 'OTHER-ACCOUNTS' }),
  );

  expect(simulator.journal().at(-1)).toMatchObject({ operation: 'ListResources', account: '222222222222' });
});

it('1.7 denies a role without its external id, and a role that is denied', async () => {
  const guarded = 'arn:aws:iam::222222222222:role/guarded';
  const denied = 'arn:aws:iam::222222222222:role/denied';
  const roles = [
    { arn: guarded, externalId: 'secret' },
    { arn: denied, isDenied: true },
  ];
  const { sts } = clientsOf(await aSimulator({ settings: { roles } }));
  const assume = (RoleArn: string, ExternalId?: string) =>
    sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'verify', ...(ExternalId && { ExternalId }) }));

  await expect(assume(guarded)).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  await expect(assume(guarded, 'wrong')).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(assume(guarded, 'secret')).resolves.toMatchObject({
    AssumedRoleUser: { Arn: 'arn:aws:sts::222222222222:assumed-role/guarded/verify' },
  });
  await expect(assume(denied, 'secret')).rejects.toMatchObject({ name: 'AccessDenied' });
});

it('1.8 tells callers their account', async () => {
  const { sts } = clientsOf(await aSimulator(), { account: '333333333333' });

  await expect(sts.send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({ Account: '333333333333' });
});

it('1.9 gives pages of maxResults items and no nextToken with the last', async () => {
  const versions = ['1.0.0', '1.0.1', '1.0.2'];
  const seed = { images: versions.map((version) => ({ arn: anImageArn({ version }) })) };
  const { images } = clientsOf(await aSimulator({ seed }));

  const first = await images.send(new ListImagesCommand({ maxResults: 2 }));
  const last = await images.send(new ListImagesCommand({ maxResults: 2, nextToken: first.nextToken }));

  expect(first.imageVersionList).toHaveLength(2);
  expect(last.imageVersionList?.map(({ version }) => version)).toEqual(['1.0.2']);
  expect(last.nextToken).toBeUndefined();
  await expect(images.send(new ListImagesCommand({ nextToken: 'made-up' }))).rejects.toMatchObject({
    name: 'InvalidPaginationTokenException',
  });
});

it('1.10 begins every list with an empty page when it is told to', async () => {
  const seed = { images: [{ arn: imageArn }], shares: [{ images: [imageArn], principals: ['222222222222'] }] };
  const { ram } = clientsOf(await aSimulator({ seed, settings: { emptyPages: true } }));
  const question = { resourceOwner: 'SELF' as const, resourceArns: [imageArn] };

  const empty = await ram.send(new ListResourcesCommand(question));
  const full = await ram.send(new ListResourcesCommand({ ...question, nextToken: empty.nextToken }));

  expect(empty.resources).toEqual([]);
  expect(empty.nextToken).toBeTypeOf('string');
  expect(full.resources).toHaveLength(1);
  expect(full.nextToken).toBeUndefined();
});

it('1.11 refuses what is not signed, and paths that it does not know', async () => {
  const { url } = await aSimulator();

  const unsigned = await fetch(`${url}/GetImagePolicy?imageArn=${imageArn}`);
  const unknown = await fetch(`${url}/createimage`, { method: 'POST', headers: signed });

  expect(unsigned.status).toBe(403);
  expect(unknown.status).toBe(404);
  expect(unknown.headers.get('x-amzn-errortype')).toBe('UnknownOperationException');
});

const signed = {
  authorization: 'AWS4-HMAC-SHA256 Credential=AKIA111111111111TEST/20260101/us-east-1/imagebuilder/aws4_request',
};
