import type { BaselinesDocument } from '../contracts/baselines.ts';
import type { Problem } from '../domain/errors.ts';
import { AppError } from '../domain/errors.ts';
import { sha256 } from '../sha256.ts';
import { baselinesSchema } from './baselines-schema.ts';
import { pathName, pathOf } from './schema-problems.ts';
import { requireTextFile } from './text-file.ts';

// Baselines of 10,000 images take some 30 MB.
const largestBytes = 200_000_000;
const fix = 'Take the file as it was made.';

/** Reads the baselines of a rollout. Throws `file-not-found`, and `baselines-invalid` as {@link checkBaselines} does. */
export async function readBaselinesFile(path: string, rolloutName: string): Promise<BaselinesDocument> {
  const { text } = await requireTextFile(path, 'baselines-invalid', largestBytes);
  return checkBaselines(path, text, rolloutName);
}

/**
 * Checks the text of a file of baselines. Throws `baselines-invalid` with every problem at its place, also where it was
 * changed since it was made, or is of another rollout.
 */
export function checkBaselines(path: string, text: string, rolloutName: string): BaselinesDocument {
  const value = parsed(text);
  const problems = value === null ? [problemAt(path, 'The file is not JSON')] : problemsOf(path, value, rolloutName);
  if (problems.length === 0) return value as BaselinesDocument;
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  throw new AppError('baselines-invalid', `${path} has ${count}`, { item: path, problems });
}

function problemsOf(path: string, value: object, rolloutName: string): readonly Problem[] {
  const { baselinesSha256, ...content }: { readonly baselinesSha256?: unknown } = value;
  const checked = baselinesSchema.safeParse(value);
  return [
    ...(checked.error?.issues ?? []).map((issue) => {
      const place = pathName(pathOf(issue.path));
      return problemAt(`${path}: ${place}`, `${place} ${issue.message}`);
    }),
    ...(baselinesSha256 === sha256(JSON.stringify(content))
      ? []
      : [problemAt(path, 'The file was changed since it was made: its hash differs')]),
    ...(checked.data === undefined || checked.data.rolloutName === rolloutName
      ? []
      : [
          problemAt(
            `${path}: rolloutName`,
            `The file is of the rollout ${checked.data.rolloutName}, not of ${rolloutName}`,
          ),
        ]),
  ];
}

function problemAt(at: string, message: string): Problem {
  return { code: 'baselines-invalid', severity: 'error', at, message, fix };
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
