import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../scripts/setup/prepare.mjs';
import type { ErrorCode } from '../../src/domain/errors.ts';
import { errorCodes } from '../../src/domain/errors.ts';
import { undoFailureCode } from '../../src/domain/undo-failure.ts';

const codes = Object.keys(errorCodes) as ErrorCode[];

describe('the failure of an undo', () => {
  it.each<[ErrorCode]>([['aws-unavailable'], ['aws-throttled'], ['not-in-sync'], ['image-busy'], ['aws-server-error']])(
    'that still waited with %s says that its time was over',
    (code) => {
      expect(undoFailureCode(code)).toBe('compensation-timed-out');
    },
  );

  it.each<[ErrorCode]>([['changed-by-another'], ['promotion-stuck'], ['aws-access-denied'], ['internal']])(
    'for good is %s',
    (code) => {
      expect(undoFailureCode(code)).toBe(code);
    },
  );
});

describe('the page of COMPENSATION_FAILED', () => {
  // Beside what stops a way back, and what AWS refuses: from steps, from the worker's limits, and from outside.
  const others: readonly ErrorCode[] = [
    ...(['compensation-timed-out', 'promotion-stuck', 'policy-not-erasable', 'permission-quota'] as const),
    ...(['promotion-refused', 'policy-changed-meanwhile', 'limits-exceeded', 'image-terminated', 'internal'] as const),
  ];
  // These stop only a way forward.
  const forwardOnly = ['share-not-ours', 'share-failed'];

  it('has a row for each code that such an image can have, and for no other', async () => {
    const page = await readFile(join(projectRoot, 'docs', 'operations', 'compensation-failed.md'), 'utf8');
    const rows = [...page.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell = '']) => cell);
    const told = rows.flatMap((cell) => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, code = '']) => code));

    const stops = await stopCodes();
    const ofAws = codes.filter((code) => code.startsWith('aws-') && errorCodes[code].retry === 'never');

    expect(stops).toContain('changed-by-another');
    expect(new Set(told)).toEqual(
      new Set([...stops.filter((code) => !forwardOnly.includes(code)), ...ofAws, ...others]),
    );
  });
});

/** The codes with which the domain stops a transaction. */
async function stopCodes(): Promise<readonly string[]> {
  const files = ['align.ts', 'converge.ts'].map((name) => readFile(join(projectRoot, 'src', 'domain', name), 'utf8'));
  const stops = [...(await Promise.all(files)).join('\n').matchAll(/kind: 'stop', code: (.*?), reason/g)];
  return stops.flatMap(([, code = '']) => [...code.matchAll(/'([a-z]+(?:-[a-z]+)+)'/g)].map(([, name = '']) => name));
}
