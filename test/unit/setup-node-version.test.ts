import { expect, it } from 'vitest';
import { requireNode } from '../../scripts/setup/node-version.mjs';

it.each(['20.19.0', '20.20.2', '22.1.0', '24.0.0'])('takes Node %s', (version) => {
  expect(() => requireNode(version)).not.toThrow();
});

it.each(['18.20.4', '20.18.3', '19.9.0'])('refuses Node %s, and says what to install', (version) => {
  expect(() => requireNode(version)).toThrow(`Node ${version} is too old. Install Node 20.19 or later`);
});
