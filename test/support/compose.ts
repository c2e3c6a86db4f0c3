import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from '../../scripts/setup/prepare.mjs';

/** The name of the image that is built here. */
export const ownImage = 'policy-rollout:local';

/** A service of the compose file, as far as the tests look at it. */
export interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly network_mode?: string;
  readonly working_dir?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart?: string;
  readonly deploy?: { readonly replicas: number };
}

/** A compose file. */
export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** The text of the compose file. */
export function composeText(): Promise<string> {
  return readFile(join(projectRoot, 'docker-compose.yml'), 'utf8');
}

/** Reads a compose file with its merge keys worked out; variables stay as they are. Throws where it is not YAML. */
export function parseCompose(text: string): Compose {
  return parse(text, { merge: true }) as Compose;
}

/** The names of the variables that a text takes from the environment. */
export function variablesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => name))];
}
