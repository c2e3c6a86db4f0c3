import { expect, it } from 'vitest';
import type { FaultRule } from '../../src/simulator/faults.ts';
import type { SimulatorOptions } from '../../src/simulator/simulator.ts';
import { aSimulator, anImageArn } from '../support/simulator.ts';
import { clientsOf, onlyShareArnOf, policyOf, promote, put, shareAt, shareArnsOf } from './clients.ts';

const imageArn = anImageArn();
const consumer = '222222222222';

it('8.1 answers the error of a rule as often as it says, with its Retry-After', async () => {
  const answer = { kind: 'error', status: 409, name: 'OddException', message: 'Odd.', retryAfterSeconds: 3 } as const;
  const { clients, url } = await faulty({ operation: 'GetImagePolicy', times: 3, answer });

  await expect(policyOf(clients, imageArn)).rejects.toMatchObject({ name: 'OddException', message: 'Odd.' });
  await expect(policyOf(clients, imageArn)).rejects.toMatchObject({ $metadata: { httpStatusCode: 409 } });
  const response = await fetch(`${url}/GetImagePolicy?imageArn=${imageArn}`, { headers: signed });

  expect(response.headers.get('retry-after')).toBe('3');
  await expect(policyOf(clients, imageArn)).resolves.toBe('{}');
});

it.each([
  ['throttle', 429, 'CallRateLimitExceededException', 'ThrottlingException'],
  ['unavailable', 503, 'ServiceUnavailableException', 'ServiceUnavailableException'],
  ['server-error', 500, 'ServiceException', 'ServerInternalException'],
] as const)('8.2 answers %s with the names of the service', async (kind, httpStatusCode, ofImages, ofRam) => {
  const { clients } = await faulty({ operation: '*', times: 'always', answer: { kind } });

  await expect(policyOf(clients, imageArn)).rejects.toMatchObject({ name: ofImages, $metadata: { httpStatusCode } });
  await expect(shareArnsOf(clients, imageArn)).rejects.toMatchObject({ name: ofRam, $metadata: { httpStatusCode } });
});

it('8.3 loses the response after the effect', async () => {
  const { clients, simulator } = await faulty({
    operation: 'PutImagePolicy',
    answer: { kind: 'lose-response-after-effect' },
  });

  await expect(put(clients, imageArn, [consumer])).rejects.toMatchObject({ code: 'ECONNRESET' });

  expect(simulator.image(imageArn)?.access).toEqual([consumer]);
  expect(simulator.journal()).toMatchObject([{ effect: true, status: 200, answered: false }]);
});

it('8.4 resets the connection before the effect', async () => {
  const { clients, simulator } = await faulty({ operation: 'PutImagePolicy', answer: { kind: 'reset-connection' } });

  await expect(put(clients, imageArn, [consumer])).rejects.toMatchObject({ code: 'ECONNRESET' });

  expect(simulator.image(imageArn)?.access).toEqual([]);
  expect(simulator.journal()).toMatchObject([{ effect: false, answered: false, fault: 'reset-connection' }]);
});

it('8.5 never answers a call that hangs', async () => {
  const { url, simulator } = await faulty({ operation: 'GetImagePolicy', answer: { kind: 'hang' } });
  const signal = AbortSignal.timeout(100);

  const call = fetch(`${url}/GetImagePolicy?imageArn=${imageArn}`, { headers: signed, signal });

  await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(simulator.journal()).toMatchObject([{ answered: false, fault: 'hang' }]);
});

it('8.6 answers the HTML of a proxy', async () => {
  const { clients } = await faulty({ operation: 'GetImagePolicy', answer: { kind: 'html', status: 502 } });

  await expect(policyOf(clients, imageArn)).rejects.toMatchObject({
    name: 'SyntaxError',
    $metadata: { httpStatusCode: 502 },
  });
});

it('8.7 answers returnValue false without effect', async () => {
  const { clients } = await faulty({
    operation: 'PromoteResourceShareCreatedFromPolicy',
    answer: { kind: 'return-value-false' },
  });
  await put(clients, imageArn, [consumer]);
  const arn = await onlyShareArnOf(clients, imageArn);

  await expect(promote(clients, arn)).resolves.toBe(false);
  expect((await shareAt(clients, arn)).featureSet).toBe('CREATED_FROM_POLICY');
});

it('8.8 performs a delayed call after the delay', async () => {
  const { clients } = await faulty({ operation: 'GetImagePolicy', answer: { kind: 'delay', durationMs: 60 } });
  const startedAt = performance.now();

  await expect(policyOf(clients, imageArn)).resolves.toBe('{}');

  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(55);
});

it('8.9 strikes calls about the shares of an image, after those that may pass', async () => {
  const otherArn = anImageArn({ name: 'other' });
  const operation = 'PromoteResourceShareCreatedFromPolicy';
  const { clients } = await faulty({ operation, image: imageArn, skip: 1, answer: { kind: 'unavailable' } });
  for (const arn of [imageArn, otherArn]) await put(clients, arn, [consumer]);
  const [struck, spared] = [await onlyShareArnOf(clients, imageArn), await onlyShareArnOf(clients, otherArn)];

  await expect(promote(clients, spared)).resolves.toBe(true);
  await expect(promote(clients, struck)).resolves.toBe(true);
  await expect(promote(clients, struck)).rejects.toMatchObject({ name: 'ServiceUnavailableException' });
});

it('8.10 repeats faults by probability for the same seed', async () => {
  const outcomes = async (randomSeed: number) => {
    const fault = { operation: 'GetImagePolicy', probability: 0.5, answer: { kind: 'unavailable' } } as const;
    const { clients, simulator } = await faulty(fault, { randomSeed });
    for (let call = 0; call < 20; call++) await policyOf(clients, imageArn).catch(() => undefined);
    return simulator.journal().map(({ status }) => status);
  };

  const first = await outcomes(1);

  expect(await outcomes(1)).toEqual(first);
  expect(await outcomes(2)).not.toEqual(first);
  expect(new Set(first)).toEqual(new Set([200, 503]));
});

it('8.11 answers 429 beyond the burst of an account and Region, until time has refilled it', async () => {
  const rateLimits = [{ operation: 'GetImagePolicy', ratePerSecond: 1, burst: 2, retryAfterMs: 1000 }];
  const simulator = await aSimulator({
    seed: { images: [{ arn: imageArn }] },
    settings: { rateLimits },
    now: () => 1_800_000_000_000,
  });
  const clients = clientsOf(simulator);
  const elsewhere = clientsOf(simulator, { region: 'eu-west-1' });

  await policyOf(clients, imageArn);
  await policyOf(clients, imageArn);
  await expect(policyOf(clients, imageArn)).rejects.toMatchObject({
    name: 'CallRateLimitExceededException',
    $metadata: { httpStatusCode: 429 },
  });
  await expect(policyOf(elsewhere, imageArn)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  simulator.advance(1000);
  await expect(policyOf(clients, imageArn)).resolves.toBe('{}');
});

it('8.12 answers a stale read with its oldest answer within the lag', async () => {
  const { clients, simulator } = await faulty(
    { operation: '*', skip: 3, times: 'always', answer: { kind: 'stale', lagMs: 1000 } },
    { now: () => 1_800_000_000_000, settings: { promotionLagMs: 700 } },
  );
  await put(clients, imageArn, [consumer]);
  const arn = await onlyShareArnOf(clients, imageArn);
  await shareAt(clients, arn);

  await promote(clients, arn);
  const after = [];
  for (const laterMs of [0, 600, 401, 600]) {
    simulator.advance(laterMs);
    after.push((await shareAt(clients, arn)).featureSet);
  }

  expect(after).toEqual(['CREATED_FROM_POLICY', 'CREATED_FROM_POLICY', 'PROMOTING_TO_STANDARD', 'STANDARD']);
  expect(simulator.journal(imageArn).at(-5)).toMatchObject({ effect: true, fault: 'stale' });
});

async function faulty(fault: FaultRule, options: SimulatorOptions = {}) {
  const images = [{ arn: imageArn }, { arn: anImageArn({ name: 'other' }) }];
  const simulator = await aSimulator({ seed: { images }, faults: [fault], ...options });
  return { simulator, url: simulator.url, clients: clientsOf(simulator) };
}

const signed = {
  authorization: 'AWS4-HMAC-SHA256 Credential=AKIA111111111111TEST/20260101/us-east-1/imagebuilder/aws4_request',
};
