import type { FaultRule } from '../../src/simulator/faults.ts';

const writes = [
  'PutImagePolicy',
  'PromoteResourceShareCreatedFromPolicy',
  'TagResource',
  'AssociateResourceShare',
  'DisassociateResourceShare',
  'DeleteResourceShare',
];

/** Each write about these images has its effect, and is never answered. */
export function lostAnswersOf(images: readonly string[]): readonly FaultRule[] {
  const lost = { times: 'always', answer: { kind: 'lose-response-after-effect' } } as const;
  return images.flatMap((image) => writes.map((operation) => ({ operation, image, ...lost })));
}
