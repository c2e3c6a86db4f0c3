import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';

const blockSize = 512;

/**
 * The content of one file of a .tar.gz, or null when it has none of that name.
 *
 * @param {Buffer} archive
 * @param {string} fileName without folders
 * @returns {Buffer | null}
 */
export function readFromTarGz(archive, fileName) {
  const tar = gunzipSync(archive);
  let offset = 0;
  while (offset + blockSize <= tar.length) {
    const name = textAt(tar, offset, 100);
    const size = Number.parseInt(textAt(tar, offset + 124, 12).trim() || '0', 8);
    const start = offset + blockSize;
    if (name.split('/').at(-1) === fileName) return tar.subarray(start, start + size);
    offset = start + Math.ceil(size / blockSize) * blockSize;
  }
  return null;
}

/**
 * @param {string} file
 * @returns {Promise<string>} in hexadecimal
 */
export async function sha256OfFile(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/**
 * @param {Buffer} tar
 * @param {number} start
 * @param {number} length
 */
function textAt(tar, start, length) {
  const field = tar.toString('latin1', start, start + length);
  const [text = ''] = field.split('\0');
  return text;
}
