import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { verb } from '../verb.ts';

/** `policy-rollout schema`: the JSON Schema of a manifest, or of a worker's limits, for editors. */
export function schemaCommand(session: Session): Command {
  return verb(
    'schema',
    "Print the JSON Schema of a manifest, or of a worker's limits.",
    'policy-rollout schema > policy-rollout.schema.json',
  )
    .option('--limits', 'of the file that POLICY_ROLLOUT_LIMITS names')
    .action(async ({ limits }: { readonly limits?: true }) => {
      const schema = limits === true ? await limitsSchema() : await manifestSchema();
      session.output.result([JSON.stringify(schema, null, 2)], schema);
    });
}

async function limitsSchema() {
  const { limitsJsonSchema } = await import('../../config/limits-schema.ts');
  return limitsJsonSchema();
}

async function manifestSchema() {
  const { manifestJsonSchema } = await import('../../config/schema.ts');
  return manifestJsonSchema();
}
