import { describe, expect, it } from 'vitest';
import { checkPlan, readPlanText } from '../../src/config/plan-file.ts';
import { sha256 } from '../../src/sha256.ts';
import { aFolder, manifestText } from '../support/manifest-folder.ts';

const madeAt = '2026-11-24T08:00:00.000Z';
const nowMs = Date.parse(madeAt) + 1_000;
const content = { formatVersion: 1, kind: 'policy-rollout-plan', createdAt: madeAt, spec: {}, images: [] };

function planText(change: Readonly<Record<string, unknown>> = {}, indent = 0): string {
  const whole = { ...content, ...change };
  return JSON.stringify({ ...whole, planSha256: sha256(JSON.stringify(whole)) }, null, indent);
}

function check(text: string, demands: Partial<Parameters<typeof checkPlan>[2]> = {}) {
  return () => checkPlan('plan.json', text, { nowMs, maxAgeMs: 60_000, fileSha256: null, ...demands });
}

describe('a plan file', () => {
  it('is taken as it was made, whatever its blanks', () => {
    expect(check(planText())()).toMatchObject(content);
    expect(check(planText({}, 2))()).toMatchObject(content);
  });

  it('is taken where it is the one that was approved', () => {
    const text = planText();

    expect(check(text, { fileSha256: sha256(text).toUpperCase() })()).toMatchObject(content);
    expect(check(text, { fileSha256: sha256('another') })).toThrow(/asks for/);
  });

  it.each([
    ['is no JSON', '{', /is not JSON/],
    ['is a list', '[]', /is not JSON/],
    ['is of another version', planText({ formatVersion: 2 }), /format version 2/],
    ['was edited', planText().replace('"images":[]', '"images":[1]'), /was changed/],
    ['was given a key that objects inherit', planText().replace('{', '{"__proto__":{},'), /was changed/],
    ['has no hash', JSON.stringify(content), /was changed/],
    ['is of another kind', planText({ kind: 'report' }), /is not a plan/],
  ])('is refused where it %s', (_, text, why) => {
    expect(check(text)).toThrow(expect.objectContaining({ code: 'plan-invalid' }));
    expect(check(text)).toThrow(why);
  });

  it('is refused where it is too old', () => {
    expect(check(planText(), { maxAgeMs: 999 })).toThrow(expect.objectContaining({ code: 'plan-expired' }));
    expect(check(planText({ createdAt: 'yesterday' }))).toThrow(expect.objectContaining({ code: 'plan-expired' }));
  });

  it('is told from a manifest by what is in it', async () => {
    const folder = await aFolder({ 'plan.json': planText(), 'm.yaml': manifestText() });

    await expect(readPlanText(`${folder}/plan.json`)).resolves.toBe(planText());
    await expect(readPlanText(`${folder}/m.yaml`)).resolves.toBeNull();
    await expect(readPlanText(`${folder}/absent`)).rejects.toMatchObject({ code: 'file-not-found' });
  });
});
