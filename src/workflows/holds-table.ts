import type { Hold } from '../domain/holds.ts';
import { holdSubject } from '../domain/holds.ts';
import { escaped } from './escaped.ts';

/** The holds as the page of their workflow in the Temporal UI shows them: a markdown table. */
export function holdsTable(holds: readonly Hold[]): string {
  if (holds.length === 0) return 'Nothing is held.';
  const rows = holds.map((hold) => {
    const { name, reason, who, since, until } = hold;
    const cells = [name, holdSubject(hold), reason, who, since, until ?? 'it is removed'];
    return `| ${cells.map(escaped).join(' | ')} |`;
  });
  return ['| hold | on | reason | who | since | until |', '|---|---|---|---|---|---|', ...rows].join('\n');
}
