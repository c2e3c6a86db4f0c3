import { describe, expect, it } from 'vitest';
import type { AwsAccess } from '../../src/aws/access.ts';
import type { ConsumerView } from '../../src/domain/visibility.ts';
import { consumerView } from '../../src/aws/consumer.ts';
import { parseImageArn } from '../../src/domain/arn.ts';
import type { StubReply } from './aws-stub.ts';
import { callOnce, errorReply, jsonReply, startAwsStub } from './aws-stub.ts';

const image = parseImageArn('arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1');
const consumer: AwsAccess = { account: '222222222222', region: 'us-east-1', partition: 'aws' };
const builds = (arns: readonly string[]) => jsonReply({ imageSummaryList: arns.map((arn) => ({ arn })) });
const resources = (arns: readonly string[]) => jsonReply({ resources: arns.map((arn) => ({ arn })) });
const anotherBuild = `${image}2`;

describe('consumerView', () => {
  it.each<[string, StubReply, StubReply, ConsumerView]>([
    ['both lists name it', builds([anotherBuild, image]), resources([image]), 'VISIBLE'],
    ['Image Builder names another build', builds([anotherBuild]), resources([image]), 'NOT_VISIBLE'],
    ['RAM does not name it', builds([image]), resources([]), 'NOT_VISIBLE'],
    [
      'Image Builder knows no such version',
      errorReply(404, 'ResourceNotFoundException'),
      resources([image]),
      'NOT_VISIBLE',
    ],
    ['Image Builder calls the request wrong', errorReply(400, 'ClientException'), resources([image]), 'NOT_VISIBLE'],
    ['Image Builder denies the role', errorReply(403, 'ForbiddenException'), resources([image]), 'DENIED'],
    ['RAM denies the role', builds([image]), errorReply(403, 'AccessDeniedException'), 'DENIED'],
  ])('gives its verdict where %s', async (_, ofImageBuilder, ofRam, expected) => {
    const { clients } = await startAwsStub(({ path }) => (path === '/ListImageBuildVersions' ? ofImageBuilder : ofRam));

    const view = await consumerView(clients, consumer, image, callOnce());

    expect(view).toBe(expected);
  });

  it('asks for the builds of the version, and for what others share', async () => {
    const { clients, requests } = await startAwsStub(({ path }) =>
      path === '/ListImageBuildVersions' ? builds([image]) : resources([image]),
    );

    await consumerView(clients, consumer, image, callOnce());

    expect(requests.map(({ body }): unknown => JSON.parse(body))).toEqual([
      { imageVersionArn: 'arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0' },
      { resourceOwner: 'OTHER-ACCOUNTS', resourceArns: [image] },
    ]);
  });

  it('calls a consumer whose role may not be assumed DENIED', async () => {
    const body = '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>';
    const { clients } = await startAwsStub(() => ({ status: 403, headers: { 'content-type': 'text/xml' }, body }));
    const inRole = { ...consumer, roleArn: 'arn:aws:iam::222222222222:role/image-reader' };

    const view = await consumerView(clients, inRole, image, callOnce());

    expect(view).toBe('DENIED');
  });

  it('does not judge where AWS is unavailable', async () => {
    const { clients } = await startAwsStub(() => errorReply(503, 'ServiceUnavailableException'));

    await expect(consumerView(clients, consumer, image, callOnce())).rejects.toMatchObject({ code: 'aws-unavailable' });
  });
});
