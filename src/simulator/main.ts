import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { setUpShape } from './control-shapes.ts';
import type { SetUp } from './control-shapes.ts';
import type { ProfileName } from './profiles.ts';
import { isProfileName, profiles } from './profiles.ts';
import { defaultSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import { hasShape } from './shape.ts';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';

// Long enough to be watched, short enough to be waited for.
const watchableLags: Partial<Settings> = { shareLagMs: 300, promotionLagMs: 800, associationLagMs: 300 };

const help = `Usage: policy-rollout simulate [options]

Serves EC2 Image Builder, AWS RAM and STS on 127.0.0.1 until it is interrupted.

  --port <number>             port to listen on (default: a free one)
  --profile <name>            ${Object.keys(profiles).join(', ')}
  --seed <file.json>          images, permissions, shares, settings, faults and interventions to start with
  --default-account <id>      account of credentials that name none (default: 111111111111)
  --region <region>           Region of the example settings (default: us-east-1)

Example: policy-rollout simulate --profile strict --seed images.json
`;

/** An end before the start: one message and an exit code of sysexits. */
class StartError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs the simulator until SIGINT or SIGTERM. Prints one JSON line (`url`, `port`, `profile`) to stdout when it listens.
 * What prevents the start is one line on stderr and an exit code: 64 flags, 65 content of the seed, 66 no such file, 69 port.
 */
export async function runSimulator(argv: string[]): Promise<void> {
  try {
    const flags = readFlags(argv);
    if (flags.help === true) {
      process.stdout.write(help);
      return;
    }
    const simulator = await start(flags);
    announce(simulator, flags);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    await simulator.close();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

type Flags = ReturnType<typeof readFlags>;

function readFlags(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        port: { type: 'string', default: '0' },
        profile: { type: 'string' },
        seed: { type: 'string' },
        'default-account': { type: 'string', default: '111111111111' },
        region: { type: 'string', default: 'us-east-1' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    const [reason = ''] = messageOf(error).split('\n');
    throw new StartError(64, `${reason} See --help.`);
  }
}

async function start(flags: Flags): Promise<Simulator> {
  const { 'default-account': defaultAccount, region } = flags;
  const port = portOf(flags);
  const profile = profileOf(flags);
  if (!/^[0-9]{12}$/.test(defaultAccount)) {
    throw new StartError(64, `--default-account ${defaultAccount} is no account id: give 12 digits.`);
  }
  const {
    settings,
    faults = [],
    interventions = [],
    ...seed
  } = flags.seed === undefined ? {} : await readSetUp(flags.seed);
  try {
    return await startSimulator({
      settings: { ...watchableLags, ...settings, ...(profile !== undefined && { profile }) },
      seed,
      faults,
      interventions,
      port,
      defaultAccount,
      region,
    });
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE')
      throw new StartError(69, `Port ${port} is in use. Give another --port, or none.`);
    if (codeOf(error) === 'EACCES')
      throw new StartError(69, `Port ${port} needs more rights. Give another --port, or none.`);
    throw new StartError(65, `${flags.seed ?? 'The seed'}: ${messageOf(error)}`);
  }
}

function portOf({ port: text }: Flags): number {
  const port = Number(text);
  if (/^[0-9]{1,5}$/.test(text) && port <= 65_535) return port;
  throw new StartError(64, `--port ${text} is no port.`);
}

function profileOf({ profile }: Flags): ProfileName | undefined {
  if (profile === undefined || isProfileName(profile)) return profile;
  throw new StartError(64, `There is no profile ${profile}. Choose one of ${Object.keys(profiles).join(', ')}.`);
}

async function readSetUp(file: string): Promise<SetUp> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new StartError(65, `${file} is not JSON: ${error.message}`);
    throw new StartError(66, `${file} cannot be read: ${messageOf(error)}`);
  }
  if (hasShape(setUpShape, parsed)) return parsed;
  throw new StartError(65, `${file}: ${setUpShape.problems(parsed, '').join('; ')}`);
}

function announce({ url, port, settings }: Simulator, { 'default-account': account, region }: Flags): void {
  const { profile } = { ...defaultSettings, ...settings() };
  process.stderr.write(
    `Image Builder, RAM and STS are simulated at ${url} (profile ${profile}). To use them:\n\n` +
      `  export AWS_ENDPOINT_URL_IMAGEBUILDER=${url} AWS_ENDPOINT_URL_RAM=${url} AWS_ENDPOINT_URL_STS=${url}\n` +
      `  export AWS_ACCESS_KEY_ID=AKIA${account}TEST AWS_SECRET_ACCESS_KEY=simulated AWS_REGION=${region}\n\n` +
      `The access key id names the account; control is at ${url}/_simulator/. Ctrl-C ends it.\n`,
  );
  process.stdout.write(`${JSON.stringify({ url, port, profile })}\n`);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const [, startedFile] = process.argv;
if (startedFile !== undefined && import.meta.url === pathToFileURL(startedFile).href) {
  await runSimulator(process.argv.slice(2));
}
