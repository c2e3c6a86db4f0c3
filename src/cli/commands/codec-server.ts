import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { AppError } from '../../domain/errors.ts';
import type { Session } from '../session.ts';
import { verb } from '../verb.ts';

interface Flags {
  readonly uiOrigin: string;
  readonly host: string;
  readonly port: number;
}

/** `policy-rollout codec-server`: decrypts payloads for Temporal's web UI, until Ctrl-C. */
export function codecServerCommand(session: Session): Command {
  return verb(
    'codec-server',
    "Decrypt payloads for Temporal's web UI and command line. POLICY_ROLLOUT_CODEC_TOKEN asks callers for a token.",
    'POLICY_ROLLOUT_CODEC_KEYS=keys.txt policy-rollout codec-server --ui-origin http://localhost:8080',
  )
    .addOption(
      new Option('--ui-origin <origin>', 'origin of the web UI, whose pages are served')
        .argParser(parseOrigin)
        .makeOptionMandatory(),
    )
    .option('--host <address>', 'address to listen at', '127.0.0.1')
    .addOption(
      new Option('--port <number>', 'port to listen at; 0 takes a free one').argParser(parsePort).default(8088),
    )
    .action(async (flags: Flags) => {
      const [{ readEnvironment }, { loadKeyRing }, { startCodecServer }] = await Promise.all([
        import('../../config/env.ts'),
        import('../../codec/key-ring.ts'),
        import('../../codec/codec-server.ts'),
      ]);
      const { codecKeysPath } = session.io;
      if (codecKeysPath === null) throw new AppError('usage-wrong', 'POLICY_ROLLOUT_CODEC_KEYS names no file of keys');
      const token = readEnvironment().codecToken;
      const server = await startCodecServer({ ...flags, keys: await loadKeyRing(codecKeysPath), token });
      session.output.result([`serving /encode and /decode at ${server.url}`], { formatVersion: 1, url: server.url });
      await new Promise<void>((resolve) => session.io.onInterrupt(resolve));
      await server.close();
    });
}

function parseOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw new InvalidArgumentError('Give scheme, host and port alone, such as https://temporal.example.com.');
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('Give a number from 0 to 65535.');
}
