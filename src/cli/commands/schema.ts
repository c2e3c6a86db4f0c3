import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { verb } from '../verb.ts';

/** `policy-rollout schema`: the JSON Schema of a manifest, for editors. */
export function schemaCommand(session: Session): Command {
  return verb(
    'schema',
    'Print the JSON Schema of a manifest.',
    'policy-rollout schema > policy-rollout.schema.json',
  ).action(async () => {
    const { manifestJsonSchema } = await import('../../config/schema.ts');
    const schema = manifestJsonSchema();
    session.output.result([JSON.stringify(schema, null, 2)], schema);
  });
}
