/**
 * One action that one principal outside the owner's account may do with an image.
 *
 * `principal` is in canonical form: `222222222222` for an account (also where a document says `…:root`), the ARN for a
 * role or user, `o-…` for an organisation, `ou-…` for an organisational unit, a service name, or `*`.
 */
export interface Grant {
  readonly principal: string;
  readonly action: string;
  /** Canonical JSON of what is left of the statement's condition once an organisation was taken as the principal. */
  readonly condition?: string;
}

/** Grants in the order of their lines, each once, and those lines. */
interface Normal {
  readonly grants: readonly Grant[];
  readonly text: string;
}

// A look compares the same lists again and again, and they never change.
const normals = new WeakMap<readonly Grant[], Normal>();

/** The line of a grant in the text that {@link grantsText} gives. */
export function grantLine({ principal, action, condition }: Grant): string {
  return condition === undefined ? `${principal} ${action}` : `${principal} ${action} ${condition}`;
}

/** Sorted `principal action` lines without duplicates; `grantsSha256` is the SHA-256 of this text. */
export function grantsText(grants: readonly Grant[]): string {
  return normalOf(grants).text;
}

/** Grants in the order of their lines, each once. */
export function normalGrants(grants: readonly Grant[]): readonly Grant[] {
  return normalOf(grants).grants;
}

function normalOf(grants: readonly Grant[]): Normal {
  const known = normals.get(grants);
  if (known !== undefined) return known;
  const lines = grants.map(grantLine);
  // Nearly all lists come in order.
  const normal = areInOrder(lines) ? { grants, text: lines.join('\n') } : normalOf(inOrder(grants));
  normals.set(grants, normal);
  return normal;
}

function areInOrder(lines: readonly string[]): boolean {
  return lines.every((line, index) => index === 0 || (lines[index - 1] ?? '') < line);
}

function inOrder(grants: readonly Grant[]): readonly Grant[] {
  const byLine = new Map(grants.map((grant) => [grantLine(grant), grant]));
  return [...byLine.keys()].sort().flatMap((line) => byLine.get(line) ?? []);
}

/** Whether both lists say the same, whatever their order and repeats. */
export function sameGrants(left: readonly Grant[], right: readonly Grant[]): boolean {
  return grantsText(left) === grantsText(right);
}

/** The grants of `left` that `right` lacks. */
export function grantsWithout(left: readonly Grant[], right: readonly Grant[]): readonly Grant[] {
  if (sameGrants(left, right)) return [];
  const lines = new Set(right.map(grantLine));
  return normalGrants(left).filter((grant) => !lines.has(grantLine(grant)));
}

/** The principals that a list of grants names, sorted, each once. */
export function principalsOf(grants: readonly Grant[]): readonly string[] {
  return [...new Set(grants.map(({ principal }) => principal))].sort();
}
