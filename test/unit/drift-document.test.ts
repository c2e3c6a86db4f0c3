import { expect, it } from 'vitest';
import { driftDocument } from '../../src/client/drift-document.ts';
import { rigImage, rigSpec } from '../support/rig-images.ts';

it('tells of images that are gone only where the manifest names them', () => {
  const [named, selected] = [rigImage('named'), rigImage('selected')];
  const gone = { action: 'BLOCKED', code: 'image-gone', detail: 'gone', fingerprint: null } as const;

  const found = [named, selected].map((image) => ({ image, ...gone }));
  const { images, counts } = driftDocument(rigSpec('golden', [named]), [], found);

  expect(images.map(({ imageArn, drift }) => [imageArn, drift])).toEqual([[named, 'GONE']]);
  expect(counts.gone).toBe(1);
});

it('says of an image that was undone that the undo has put it back, and not that the manifest has changed', () => {
  const image = rigImage('undone');
  const drift = { kinds: [], diff: [] } as const;
  const found = { image, action: 'CHANGE', fingerprint: 'seen', drift, isUndone: true } as const;

  const { images } = driftDocument(rigSpec('golden', [image]), [], [found]);

  expect(images).toMatchObject([{ drift: 'IN_SYNC', detail: ['An undo has put it back to this'] }]);
});
