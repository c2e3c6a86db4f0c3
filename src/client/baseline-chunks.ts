import type { KeptBaseline } from '../contracts/baselines.ts';
import { AppError } from '../domain/errors.ts';
import { sha256 } from '../sha256.ts';

// Temporal refuses payloads above 2 MB; encryption makes them a little larger.
const mostBytesOfChunk = 1_000_000;

/** The chunk in which the baseline of an image is, counted from 0. The same for whoever writes and whoever reads. */
export function chunkOf(imageArn: string, chunkCount: number): number {
  return Number.parseInt(sha256(imageArn).slice(0, 8), 16) % chunkCount;
}

/** Deals baselines to as few chunks as fit into payloads; an image's own is found by {@link chunkOf}. Throws `payload-too-large`. */
export function baselineChunks(baselines: readonly KeptBaseline[]): readonly (readonly KeptBaseline[])[] {
  const sized = baselines.map((kept) => ({ kept, bytes: Buffer.byteLength(JSON.stringify(kept)) }));
  const tooLarge = sized.find(({ bytes }) => bytes > mostBytesOfChunk);
  if (tooLarge !== undefined) {
    const { imageArn } = tooLarge.kept;
    throw new AppError('payload-too-large', `The baseline of ${imageArn} has ${tooLarge.bytes} bytes`, {
      item: imageArn,
    });
  }
  const total = sized.reduce((sum, { bytes }) => sum + bytes, 0);
  // With one chunk for each image it surely ends: then hardly two of them share one.
  for (let count = Math.max(1, Math.ceil(total / mostBytesOfChunk)); ; count += 1) {
    const chunks = Array.from({ length: count }, () => ({ bytes: 0, kept: [] as KeptBaseline[] }));
    for (const { kept, bytes } of sized) {
      const chunk = chunks[chunkOf(kept.imageArn, count)];
      chunk?.kept.push(kept);
      if (chunk !== undefined) chunk.bytes += bytes + 1;
    }
    if (chunks.every(({ bytes }) => bytes <= mostBytesOfChunk + 2)) return chunks.map(({ kept }) => kept);
  }
}
