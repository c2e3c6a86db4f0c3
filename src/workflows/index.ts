export { planRollout } from './plan-rollout.ts';
export { examineSetup } from './examine-setup.ts';
export { keepBaselines } from './keep-baselines.ts';
export { keepHolds } from './keep-holds.ts';
export { rolloutBatch } from './rollout-batch.ts';
export { rolloutImage } from './rollout-image.ts';
export { rolloutImages } from './rollout-images.ts';
