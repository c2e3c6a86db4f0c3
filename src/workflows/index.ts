export { examineSetup } from './examine-setup.ts';
export { rolloutBatch } from './rollout-batch.ts';
export { rolloutImage } from './rollout-image.ts';
export { rolloutImages } from './rollout-images.ts';
