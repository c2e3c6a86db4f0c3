import { beforeAll, expect, it } from 'vitest';
import { shorthandPolicy } from '../../src/domain/policy.ts';
import { sha256 } from '../../src/sha256.ts';
import type { Rig } from '../support/rig.ts';
import { rollOut, startRig } from '../support/rig.ts';
import { bulkSpec, namesOf, plantImages } from '../support/rig-bulk.ts';
import { principals, rigImage, rigOrigin, rigSpec, seedOf, sharedEarlier } from '../support/rig-images.ts';

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

it('looks at many images that are gone with little more than a call for each', async () => {
  const { simulator, client } = rig;
  const there = plantImages(simulator, namesOf('still-there', 70));
  const images = [...there, ...namesOf('gone', 30).map((name) => rigImage(name))];

  const from = simulator.journal().length;
  const { counts } = await client.drift(bulkSpec('gone', images), rigOrigin);

  expect(counts).toMatchObject({ new: there.length, gone: 30 });
  expect(simulator.journal().length - from).toBeLessThanOrEqual(1.5 * images.length);
});
