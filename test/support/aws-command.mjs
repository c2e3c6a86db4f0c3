#!/usr/bin/env node
// The `aws` of a person who follows a runbook, as far as runbooks go: it calls the simulator through the SDK.
import * as imagebuilder from '@aws-sdk/client-imagebuilder';
import * as ram from '@aws-sdk/client-ram';

const clients = { imagebuilder: [imagebuilder, 'ImagebuilderClient'], ram: [ram, 'RAMClient'] };
const lists = new Set(['principals', 'resourceArns', 'resourceShareArns', 'permissionArns']);

const [service, command, ...words] = process.argv.slice(2);
const options = optionsOf(words);
const { region: [region] = [], query: [query] = [], output: _output, ...rest } = options;
if (region === undefined) throw new Error('You must specify a region.');
if (query !== undefined && query !== 'principals[].id') throw new Error(`Nothing is known of the query ${query}`);
const answer = await send(inputOf(rest));
process.stdout.write(`${query === undefined ? JSON.stringify(answer) : answer.principals.map(({ id }) => id).join('\t')}\n`);

function optionsOf(given) {
  const found = {};
  let name = '';
  for (const word of given) {
    if (word.startsWith('--')) found[(name = camelCase(word.slice(2)))] = [];
    else found[name].push(word);
  }
  return found;
}

function inputOf(given) {
  return Object.fromEntries(
    Object.entries(given).map(([name, values]) => {
      if (lists.has(name)) {
        if (values.length === 0) throw new Error(`--${name}: expected at least one argument`);
        return [name, values];
      }
      if (values.length > 1) throw new Error(`Unknown options: ${values.slice(1).join(', ')}`);
      return [name, values[0] ?? true];
    }),
  );
}

async function send(input) {
  const [sdk, name] = clients[service];
  const client = new sdk[name]({ region, maxAttempts: 1 });
  const pascal = camelCase(`-${command}`);
  return client.send(new sdk[`${pascal}Command`](input));
}

function camelCase(name) {
  return name.replaceAll(/-([a-z])/g, (_, letter) => letter.toUpperCase());
}
