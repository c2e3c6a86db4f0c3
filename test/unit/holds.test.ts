import { describe, expect, it } from 'vitest';
import type { Hold } from '../../src/domain/holds.ts';
import { addHold, holdAgainst } from '../../src/domain/holds.ts';
import { withoutPrincipals } from '../../src/domain/policy.ts';
import { rigImage } from '../support/rig-images.ts';

const image = rigImage('web');
const nowMs = Date.parse('2026-11-24T12:00:00Z');
const grantTo = (principal: string) => ({ principal, action: 'imagebuilder:GetImage' });
const [a, b] = [grantTo('222222222222'), grantTo('333333333333')];

function aHold(more: Partial<Hold>): Hold {
  return { name: 'freeze', reason: 'release', who: 'ann@host', since: '2026-11-24T00:00:00Z', ...more };
}

function isHeld(hold: Partial<Hold>, before: readonly (typeof a)[], wanted: readonly (typeof a)[]): boolean {
  return holdAgainst([aHold(hold)], { image, before, wanted }, nowMs) !== null;
}

describe('a hold', () => {
  it.each([
    ['its images', { images: '*:image/web/*' }, true],
    ['one image', { images: image }, true],
    ['other images', { images: '*:image/db/*' }, false],
    ['what has expired', { images: '*', until: '2026-11-24T12:00:00Z' }, false],
    ['what has not', { images: '*', until: '2026-11-24T12:00:01Z' }, true],
  ])('on %s stands against every change, or none', (_, hold, expected) => {
    expect(isHeld(hold, [a], [])).toBe(expected);
    expect(isHeld(hold, [], [a])).toBe(expected);
  });

  it('on a principal stands against access that it does not have, and against nothing else', () => {
    const hold = { principal: '222222222222' };

    expect(isHeld(hold, [b], [a, b])).toBe(true);
    expect(isHeld(hold, [a], [a, b])).toBe(false);
    expect(isHeld(hold, [a, b], [b])).toBe(false);
    expect(isHeld({ ...hold, images: '*:image/db/*' }, [], [a])).toBe(false);
  });

  it('on an account stands against its roles, and against everybody', () => {
    const hold = { principal: '222222222222' };

    expect(isHeld(hold, [], [grantTo('arn:aws:iam::222222222222:role/reader')])).toBe(true);
    expect(isHeld(hold, [], [grantTo('*')])).toBe(true);
    expect(isHeld({ principal: 'arn:aws:iam::222222222222:role/reader' }, [], [a])).toBe(false);
  });

  it('has a name of its own until it has expired', () => {
    const known = aHold({ images: '*', until: '2026-11-25T00:00:00Z' });
    const other = aHold({ images: image });

    expect(addHold([known], { ...known, who: 'bob@host' }, nowMs)).toEqual({ kind: 'already' });
    expect(addHold([known], other, nowMs)).toMatchObject({ kind: 'refused', code: 'hold-exists' });
    expect(addHold([known], other, Date.parse('2026-11-25T00:00:00Z'))).toEqual({ kind: 'added', holds: [other] });
  });
});

it('takes principals out of a policy, and leaves everything else as it is written', () => {
  const statement = { Sid: 'Kept', Effect: 'Allow', Action: 'imagebuilder:GetImage', Resource: image };
  const policy = (...principals: unknown[]): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: principals.map((Principal) => ({ ...statement, Principal })),
    });
  const root = 'arn:aws:iam::222222222222:root';

  const left = withoutPrincipals(policy({ AWS: [root, '333333333333'] }, root, '444444444444'), ['222222222222']);

  expect(left).toBe(policy({ AWS: ['333333333333'] }, '444444444444'));
  expect(withoutPrincipals(policy({ AWS: root }), ['222222222222'])).toBeNull();
});
