import { AppError } from '../domain/errors.ts';
import { canonicalAction, canonicalCondition } from '../domain/policy.ts';

/** What a managed permission allows, in canonical form. */
export interface PermissionBody {
  /** Sorted, each once. */
  readonly actions: readonly string[];
  /** Canonical JSON; absent where the permission has none. */
  readonly condition?: string;
}

/** Reads the text that RAM gives for a permission. Throws `aws-unknown` where it is not JSON. */
export function parsePermissionBody(text: string, arn: string): PermissionBody {
  const parsed = parseJson(text, arn);
  const actions = [fieldOf(parsed, 'Action')].flat().filter((action) => typeof action === 'string');
  const condition = canonicalCondition(fieldOf(parsed, 'Condition') ?? {});
  const body = { actions: [...new Set(actions.map(canonicalAction))].sort() };
  return condition === undefined ? body : { ...body, condition };
}

function parseJson(text: string, arn: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch (cause) {
    throw new AppError('aws-unknown', `The body of the permission ${arn} is not JSON`, { item: arn, cause });
  }
}

// The documents show both a statement alone and one inside a list.
function fieldOf(statement: unknown, name: string): unknown {
  const value: unknown = Array.isArray(statement) ? statement[0] : statement;
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
