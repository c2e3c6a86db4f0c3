import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uiLink } from '../../src/cli/ui-link.ts';
import { runCaptured } from '../support/captured-io.ts';
import { anImageArn } from '../support/simulator.ts';

const verbs = [
  'validate',
  'apply',
  'image',
  'status',
  'watch',
  'report',
  'pause',
  'resume',
  'approve',
  'reject',
  'advance',
  'set',
  'abort',
  'redrive',
  'undo',
  'setup',
  'worker',
  'schema',
  'completion',
];
const image = 'arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0/1';
const manifest = `
apiVersion: policy-rollout/v1
name: golden-images
policy: { principals: ['222222222222'] }
images: { include: ['${image}'] }
`;
// eslint-disable-next-line no-control-regex -- these are what must not be there
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policy-rollout-cli-'));
  await writeFile(join(folder, 'good.yaml'), manifest);
  await writeFile(join(folder, 'bad.yaml'), manifest.replace('222222222222', '22').replace('golden-images', 'Golden'));
  await writeFile(join(folder, 'policy.json'), '{');
});

afterAll(() => rm(folder, { recursive: true }));

function file(name: string): string {
  return join(folder, name);
}

describe('help', () => {
  it.each([[], ...verbs.map((verb) => [verb])])('of %s goes to stdout and ends with an example', async (...verb) => {
    const { exitCode, stdout, stderr } = await runCaptured([...verb, '--help']);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: policy-rollout/);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^ {2}\$ .*policy-rollout /);
  });

  it('names every verb', async () => {
    const { stdout } = await runCaptured(['--help']);

    expect(verbs.filter((verb) => !stdout.includes(`\n  ${verb} `))).toEqual([]);
  });
});

describe('a wrong command line', () => {
  it.each<[string, readonly string[], string]>([
    ['nothing', [], 'No command is given'],
    ['an unknown verb', ['aply'], "unknown command 'aply' (Did you mean apply?)"],
    ['an unknown option', ['status', 'x', '--yess'], "unknown option '--yess'"],
    ['a missing argument', ['apply'], "missing required argument 'manifest'"],
    ['one argument too many', ['status', 'a', 'b'], 'too many arguments'],
    ['a wrong duration', ['watch', 'x', '--timeout', '5'], 'Give a duration'],
    ['a wrong annotation', ['apply', 'x', '--annotation', '=b'], 'Give key=value'],
    ['a wrong retention', ['setup', '--retention', '1.5'], 'Give a whole number of days'],
    ['no reason', ['abort', 'x', '--yes'], "required option '--reason <text>' not specified"],
    ['no change', ['set', 'x', '--reason', 'y', '--yes'], 'Give --max-concurrent-count'],
    ['a wrong number', ['set', 'x', '--max-concurrent-count', '0'], 'a whole number from 1 to 1000'],
    ['an unknown operation', ['set', 'x', '--rate-limit', 'PutEverything=5'], 'UntagResource'],
    ['a cap without a number', ['set', 'x', '--rate-limit', 'PutImagePolicy'], 'Give operation=calls'],
    ['a cap that is too low', ['set', 'x', '--rate-limit', 'PutImagePolicy=0.4'], 'a number from 0.5 to 1000'],
    ['a cap that is too high', ['set', 'x', '--rate-limit', 'PutImagePolicy=1001'], 'a number from 0.5 to 1000'],
    ['a cap that is no number', ['set', 'x', '--rate-limit', 'PutImagePolicy=fast'], 'a number from 0.5 to 1000'],
    ['an unknown guardrail', ['apply', 'x', '--override', 'all'], 'Give one of allowedAccounts'],
    ['a guardrail set aside for no reason', ['apply', 'x', '--override', 'maxImages'], 'give --reason'],
    ...['report', 'apply', 'watch', 'redrive', 'undo', 'revoke'].map((verb): [string, readonly string[], string] => [
      `two forms of a report by ${verb}`,
      [verb, 'x', '--csv', '--markdown', ...(verb === 'report' || verb === 'watch' ? [] : ['--reason', 'y'])],
      "option '--csv' cannot be used with option '--markdown'",
    ]),
    ['a report that nobody waits for', ['apply', 'x', '--csv', '--detach'], 'cannot be used with'],
    [
      'a report of what is not done',
      ['revoke', 'x', '--markdown', '--dry-run', '--reason', 'y'],
      'cannot be used with',
    ],
    ['no reason for a pause', ['pause', 'x', '--yes'], "required option '--reason <text>' not specified"],
    ['no policy', ['image', image, '--yes'], 'Give just one of --manifest, --policy and --principals'],
    ['two policies', ['image', image, '--policy', 'x', '--principals', 'y'], 'Give just one'],
  ])('with %s ends with 64 and says what is wrong', async (_what, argv, sentence) => {
    const { exitCode, stdout, stderr } = await runCaptured(argv);

    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(stderr).toMatch(/^error\[usage-wrong\]: The command line is wrong\n/);
    expect(stderr.replaceAll('\n', ' ')).toContain(sentence);
    expect(stderr).toContain('what to do: Run the command with --help');
  });

  it('is told in JSON where JSON was asked for', async () => {
    const { exitCode, stdout, stderr } = await runCaptured(['status', '--json']);

    expect({ exitCode, stderr }).toEqual({ exitCode: 64, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ formatVersion: 1, error: { code: 'usage-wrong' } });
  });
});

describe('validate', () => {
  it('praises a good manifest', async () => {
    const result = await runCaptured(['validate', file('good.yaml')]);

    expect(result).toEqual({ exitCode: 0, stdout: 'valid: golden-images, 1 image\n', stderr: '' });
  });

  it('tells every problem at once', async () => {
    const { exitCode, stdout, stderr } = await runCaptured(['validate', file('bad.yaml')]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 65, stdout: '' });
    expect(stderr).toContain('bad.yaml:3:7');
    expect(stderr).toContain('bad.yaml:4:24');
  });

  it('prints one JSON document', async () => {
    const { stdout } = await runCaptured(['validate', file('good.yaml'), '--json']);

    expect(JSON.parse(stdout)).toMatchObject({
      formatVersion: 1,
      rolloutName: 'golden-images',
      imageCount: 1,
      problems: [],
    });
  });

  it('does not find a file that is not there', async () => {
    const { exitCode, stderr } = await runCaptured(['validate', file('none.yaml')]);

    expect(exitCode).toBe(66);
    expect(stderr).toContain('none.yaml');
  });
});

describe('a change', () => {
  it.each([
    ['apply', ['apply', 'good.yaml']],
    ['image', ['image', image, '--principals', '222222222222']],
    ['abort', ['abort', 'golden-images', '--reason', 'x']],
  ])('by %s needs --yes where nobody can be asked', async (_verb, argv) => {
    const { exitCode, stderr } = await runCaptured(argv.map((word) => (word === 'good.yaml' ? file(word) : word)));

    expect(exitCode).toBe(64);
    expect(stderr).toContain('error[confirmation-missing]');
  });

  it('is asked for by name, and not made without a yes', async () => {
    const questions: string[] = [];
    const ask = (question: string): Promise<string> => {
      questions.push(question);
      return Promise.resolve('');
    };

    const { exitCode, stderr } = await runCaptured(['image', anImageArn(), '--principals', '222222222222'], { ask });

    expect(questions).toEqual([`Roll the policy out to ${anImageArn()}? [y/N] `]);
    expect(exitCode).toBe(64);
    expect(stderr).toContain('nothing was started');
  });

  it('is not asked for where the input is wrong', async () => {
    const ask = (): Promise<string> => Promise.reject(new TypeError('asked'));

    const { exitCode } = await runCaptured(['apply', file('bad.yaml')], { ask });

    expect(exitCode).toBe(65);
  });
});

describe('image', () => {
  it.each([
    [
      'an ARN without build',
      ['arn:aws:imagebuilder:us-east-1:111111111111:image/web/1.0.0', '--principals', '2'],
      65,
      'image-arn-invalid',
    ],
    ['a wrong principal', [image, '--principals', '22'], 65, 'policy-invalid'],
    ['a policy that is no JSON', [image, '--policy', 'policy.json'], 65, 'policy-invalid'],
    ['a policy that is not there', [image, '--policy', 'none.json'], 66, 'file-not-found'],
    ['a wrong manifest', [image, '--manifest', 'bad.yaml'], 65, 'manifest-invalid'],
  ])('refuses %s', async (_what, argv, expectedExit, code) => {
    const words = argv.map((word) => (/^[a-z]+\.(json|yaml)$/.test(word) ? file(word) : word));

    const { exitCode, stderr } = await runCaptured(['image', ...words, '--yes']);

    expect(exitCode).toBe(expectedExit);
    expect(stderr).toContain(`error[${code}]`);
  });
});

describe('schema', () => {
  it('is JSON with and without --json', async () => {
    const [plain, asked] = await Promise.all([runCaptured(['schema']), runCaptured(['schema', '--json'])]);

    expect(JSON.parse(plain.stdout)).toMatchObject({ type: 'object' });
    expect(asked.stdout).toBe(plain.stdout);
  });

  it("with --limits is that of the worker's limits", async () => {
    const { stdout } = await runCaptured(['schema', '--limits']);

    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', required: ['apiVersion', 'ownerAccounts'] });
  });
});

describe('a terminal', () => {
  it('gets no control character of a file name, and JSON none either', async () => {
    const name = 'no\u001b[2J\u009bfile.yaml';

    const [text, json] = await Promise.all([
      runCaptured(['validate', name]),
      runCaptured(['validate', name, '--json']),
    ]);
    expect([text.stderr, json.stdout].filter((written) => controls.test(written))).toEqual([]);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { item: name } });
  });

  it('gets colours where it shows them', async () => {
    let written = '';
    const stderr = { write: (text: string) => (written += text), hasColours: true, isLive: true, width: 80 };

    await runCaptured(['aply'], { stderr });

    expect(written).toContain('\u001b[31merror[usage-wrong]\u001b[39m');
  });
});

it('links to a run in the UI of Temporal', () => {
  const started = { workflowId: 'rollout/golden', runId: 'r-1' };

  expect(uiLink('http://127.0.0.1:8233/', 'default', started)).toBe(
    'http://127.0.0.1:8233/namespaces/default/workflows/rollout%2Fgolden/r-1',
  );
});
