import { beforeAll, expect, it } from 'vitest';
import { shorthandPolicy } from '../../src/domain/policy.ts';
import { sha256 } from '../../src/sha256.ts';
import type { Rig } from '../support/rig.ts';
import { rollOut, startRig } from '../support/rig.ts';
import { principals, rigSpec, seedOf, sharedEarlier } from '../support/rig-images.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({});
});

it('makes a permission once that many images need, although lists show it late', async () => {
  const { simulator, client } = rig;
  const beginnings = Array.from({ length: 10 }, (_, index) => sharedEarlier(`common-permission-${index}`));
  const images = beginnings.map(({ image }) => image);
  simulator.reset();
  simulator.seed(seedOf(beginnings));
  simulator.addFaults([{ operation: 'ListPermissions', times: 'always', answer: { kind: 'stale', lagMs: 500 } }]);
  const policyTemplate = shorthandPolicy([principals.a, principals.b], ['imagebuilder:GetImage']);
  const policy = { policyTemplate, policySha256: sha256(policyTemplate) };

  const { counts } = await rollOut(client, { ...rigSpec('common-permission', images), ...policy });

  const made = simulator.journal().filter(({ operation }) => operation === 'CreatePermission');
  expect(counts.succeeded).toBe(images.length);
  expect(made.map(({ status }) => status)).toEqual([200]);
});
