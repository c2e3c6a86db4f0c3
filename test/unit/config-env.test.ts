import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/env.ts';

describe('the environment', () => {
  it('without variables has the defaults', () => {
    const environment = readEnvironment({});

    expect(environment).toMatchObject({
      taskQueue: 'policy-rollout',
      limitsPath: null,
      isCi: false,
      isColorless: false,
    });
    expect(Object.isFrozen(environment)).toBe(true);
  });

  it('names the task queue and the file of limits', () => {
    const variables = { POLICY_ROLLOUT_TASK_QUEUE: 'images', POLICY_ROLLOUT_LIMITS: '/etc/limits.yaml' };

    expect(readEnvironment(variables)).toMatchObject({ taskQueue: 'images', limitsPath: '/etc/limits.yaml' });
  });

  it('names the keys of payloads, the token of the codec server and the version of the worker', () => {
    const variables = {
      POLICY_ROLLOUT_CODEC_KEYS: '/run/secrets/keys',
      POLICY_ROLLOUT_CODEC_TOKEN: 'token',
      POLICY_ROLLOUT_BUILD_ID: '2026-11',
    };

    expect(readEnvironment(variables)).toMatchObject({
      codecKeysPath: '/run/secrets/keys',
      codecToken: 'token',
      buildId: '2026-11',
    });
  });

  it('with empty variables is as without', () => {
    const variables = { POLICY_ROLLOUT_TASK_QUEUE: ' ', POLICY_ROLLOUT_LIMITS: '', CI: '', NO_COLOR: '' };

    expect(readEnvironment(variables)).toEqual(readEnvironment({}));
  });

  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ])('of CI=%s is one of CI: %s', (CI, isCi) => {
    expect(readEnvironment({ CI }).isCi).toBe(isCi);
  });

  it('of NO_COLOR has no colour, whatever its value', () => {
    expect(readEnvironment({ NO_COLOR: '0' }).isColorless).toBe(true);
  });

  it('says who works where', () => {
    expect(readEnvironment({}).userAtHost).toMatch(/^.+@.+$/);
    expect(readEnvironment({}).userAtHost).toContain(hostname());
  });

  it('is that of the process where no other is given', () => {
    expect(readEnvironment()).toEqual(readEnvironment(process.env));
  });
});
