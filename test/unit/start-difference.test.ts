import { expect, it } from 'vitest';
import { differenceTo } from '../../src/client/start.ts';
import { scheduledRunAnnotation } from '../../src/contracts/schedule.ts';
import { rigSpec } from '../support/rig-images.ts';

const spec = rigSpec('golden', []);
const plan = { planSha256: 'agreed', fingerprints: [], isReplanning: false };
const running = {
  manifestSha256: spec.manifestSha256,
  planSha256: null,
  startedBy: 'schedule/nightly',
  reason: null,
  annotations: {},
};

it.each([
  ['the same manifest', running, { spec }, null],
  ['another manifest', { ...running, manifestSha256: 'other' }, { spec }, 'with another manifest'],
  ['the same manifest and another plan', running, { spec, plan }, 'with another plan'],
  ['the same manifest and a plan that nobody asks for', { ...running, planSha256: 'other' }, { spec }, null],
])('what runs with %s is told from what is to be started', (_what, memo, asked, difference) => {
  expect(differenceTo(memo, asked)).toBe(difference);
});

it('a rollout that a schedule has started is another one, whatever its manifest', () => {
  const scheduled = { ...running, annotations: { [scheduledRunAnnotation]: 'schedule/nightly-2026' } };

  expect(differenceTo(scheduled, { spec })).toMatch(/for schedule\/nightly, .*; apply again when it has ended$/);
});
