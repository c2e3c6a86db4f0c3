#!/usr/bin/env node
// The `aws` of a person who follows a runbook, as far as runbooks go: it calls the simulator as AWS's own would.
import process from 'node:process';
import * as imagebuilder from '@aws-sdk/client-imagebuilder';
import * as ram from '@aws-sdk/client-ram';

/** @typedef {{ readonly principals?: readonly { readonly id?: string }[] }} Answer */

const lists = new Set(['principals', 'resourceArns', 'resourceShareArns']);

const [service = '', command = '', ...words] = process.argv.slice(2);
const { region, query, output, ...input } = inputOf(words);
if (typeof region !== 'string') throw new Error('You must specify a region');
if (query !== undefined && (query !== 'principals[].id' || output !== 'text')) throw new Error(`unknown: ${query}`);
const answer = await send(region);
const ids = (answer.principals ?? []).map(({ id }) => id).join('\t');
process.stdout.write(`${query === undefined ? JSON.stringify(answer) : ids}\n`);

/** @param {readonly string[]} given */
function inputOf(given) {
  /** @type {Record<string, string[]>} */
  const options = {};
  let name = '';
  for (const word of given) {
    if (word.startsWith('--')) name = camelCase(word.slice(2));
    options[name] = word.startsWith('--') ? [] : [...(options[name] ?? []), word];
  }
  return Object.fromEntries(Object.entries(options).map(([key, values]) => [key, valueOf(key, values)]));
}

/**
 * @param {string} name
 * @param {readonly string[]} values
 */
function valueOf(name, values) {
  if (lists.has(name) ? values.length === 0 : values.length > 1) throw new Error(`--${name}: ${values.join(' ')}`);
  return lists.has(name) ? values : (values[0] ?? true);
}

/**
 * @param {string} where
 * @returns {Promise<Answer>}
 */
function send(where) {
  const sdk = service === 'ram' ? ram : imagebuilder;
  const name = `${camelCase(`-${command}`)}Command`;
  const [, Command] = Object.entries(sdk).find(([exported]) => exported === name) ?? [];
  const client = new (service === 'ram' ? ram.RAMClient : imagebuilder.ImagebuilderClient)({ region: where });
  return Reflect.apply(client.send, client, [Reflect.construct(/** @type {Function} */ (Command), [input])]);
}

/** @param {string} name */
function camelCase(name) {
  return name.replaceAll(/-([a-z])/g, (_, /** @type {string} */ letter) => letter.toUpperCase());
}
