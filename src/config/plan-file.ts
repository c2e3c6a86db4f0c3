import type { PlanDocument } from '../contracts/plan-document.ts';
import { planKind } from '../contracts/plan-document.ts';
import { AppError } from '../domain/errors.ts';
import { durationText } from '../domain/timing.ts';
import { sha256 } from '../sha256.ts';
import { requireTextFile } from './text-file.ts';

/** What a plan file has to be to be applied. */
export interface PlanDemands {
  /** The instant it is read at, in milliseconds since 1970. */
  readonly nowMs: number;
  readonly maxAgeMs: number;
  /** SHA-256 of the file that was approved, as `sha256sum` gives it; null where any will do. */
  readonly fileSha256: string | null;
}

// A plan of 10,000 images takes about 10 MB.
const largestBytes = 60_000_000;

/** Whether a text is meant to be a plan: then it is no manifest, however broken it is. */
function isPlanText(text: string): boolean {
  return text.trimStart().startsWith('{') && text.includes(`"${planKind}"`);
}

/** The text of a plan file; null where the file is a manifest. Throws `file-not-found`, `manifest-invalid`. */
export async function readPlanText(path: string): Promise<string | null> {
  const { rawText } = await requireTextFile(path, 'manifest-invalid', largestBytes);
  return isPlanText(rawText) ? rawText : null;
}

/**
 * Checks the text of a plan file. Throws `plan-invalid` where it was changed since it was made, is of another version or
 * is not the one that was approved, and `plan-expired`.
 */
export function checkPlan(path: string, text: string, { nowMs, maxAgeMs, fileSha256 }: PlanDemands): PlanDocument {
  const invalid = (why: string): AppError => new AppError('plan-invalid', `${path} ${why}`, { item: path });
  if (fileSha256 !== null && sha256(text) !== fileSha256.toLowerCase()) {
    throw invalid(`has the SHA-256 ${sha256(text)}, and --plan-sha256 asks for ${fileSha256}`);
  }
  const value = parsed(text);
  if (!isObject(value)) throw invalid('is not JSON');
  const { formatVersion } = value;
  if (formatVersion !== 1) throw invalid(`has the format version ${String(formatVersion)}, and this tool reads 1`);
  const { planSha256, ...content } = value;
  if (planSha256 !== sha256(JSON.stringify(content))) throw invalid('was changed since it was made: its hash differs');
  if (!isPlan(value)) throw invalid('is not a plan');
  const ageMs = nowMs - Date.parse(value.createdAt);
  // A clock that is a little behind makes no plan invalid.
  if (!(ageMs <= maxAgeMs)) {
    const detail = `${path} was made at ${value.createdAt}, longer ago than ${durationText(maxAgeMs)}`;
    throw new AppError('plan-expired', detail, { item: path });
  }
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// Its hash shows that it is as this tool made it; what tells it from another document is enough.
function isPlan(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & PlanDocument {
  return value['kind'] === planKind && typeof value['createdAt'] === 'string' && isObject(value['spec']);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
