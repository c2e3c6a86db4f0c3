import type { IncomingMessage } from 'node:http';
import { AwsError } from './aws-error.ts';
import { isJsonObject } from './json.ts';
import type { JsonObject } from './json.ts';
import type { Call, Operation } from './operation.ts';
import { namedOperation, routedOperation } from './operations.ts';

/** A call as it was addressed on the wire. */
export type AddressedCall = { readonly operation: Operation; readonly call: Call };

/** Who calls when the credentials do not say. */
export type Defaults = { readonly account: string; readonly region: string };

/** An answer ready to be sent. */
export type WireAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

const repeatedQueryNames = new Set(['tagKeys']);

/** Reads which operation is called, by whom and with what. Throws the AwsError that AWS answers to a call it cannot read. */
export function readCall(request: IncomingMessage, body: string, defaults: Defaults): AddressedCall {
  const { method = 'GET', url = '/' } = request;
  const queryStart = url.indexOf('?');
  const path = queryStart === -1 ? url : url.slice(0, queryStart);
  const identity = readIdentity(request.headers.authorization, defaults);
  if (path === '/' && method === 'POST') return readStsCall(body, identity);
  const routed = routedOperation(method, path);
  if (routed === undefined) throw new AwsError(404, 'UnknownOperationException', `${method} ${path} is not simulated.`);
  const { operation, resourceArn } = routed;
  const query = queryStart === -1 ? {} : readQuery(url.slice(queryStart + 1));
  const parameters = { ...readBody(body), ...query, ...(resourceArn !== undefined && { resourceArn }) };
  return { operation, call: { ...identity, parameters } };
}

/** The answer in the service's protocol: restJson1, or XML for STS. */
export function writeBody(service: string, operationName: string, body: JsonObject, requestId: string): WireAnswer {
  if (service !== 'sts') return json(200, body, requestId, {});
  const result = `<${operationName}Result>${xmlMembers(body)}</${operationName}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  const text = `<${operationName}Response xmlns="${stsNamespace}">${result}${metadata}</${operationName}Response>`;
  return { status: 200, headers: xmlHeaders(requestId), text };
}

/** An error in the service's protocol. */
export function writeError(service: string, error: AwsError, requestId: string): WireAnswer {
  const { status, errorName, message, headers } = error;
  if (service !== 'sts') {
    const body = { __type: errorName, message };
    return json(status, body, requestId, { 'x-amzn-errortype': errorName, ...headers });
  }
  const type = status < 500 ? 'Sender' : 'Receiver';
  const inner = xmlMembers({ Type: type, Code: errorName, Message: message });
  const text = `<ErrorResponse xmlns="${stsNamespace}"><Error>${inner}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
  return { status, headers: { ...xmlHeaders(requestId), ...headers }, text };
}

/** The page that a proxy puts in the place of an answer. */
export function writeHtml(status: number): WireAnswer {
  const text = `<html><head><title>${status}</title></head><body><h1>${status}</h1><hr>proxy</body></html>`;
  return { status, headers: { 'content-type': 'text/html' }, text };
}

const stsNamespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

function json(
  status: number,
  body: JsonObject,
  requestId: string,
  headers: Readonly<Record<string, string>>,
): WireAnswer {
  const common = { 'content-type': 'application/json', 'x-amzn-requestid': requestId };
  return { status, headers: { ...common, ...headers }, text: JSON.stringify(body) };
}

function xmlHeaders(requestId: string): Readonly<Record<string, string>> {
  return { 'content-type': 'text/xml', 'x-amzn-requestid': requestId };
}

function readStsCall(body: string, identity: Omit<Call, 'parameters'>): AddressedCall {
  const { Action: action, ...parameters } = Object.fromEntries(new URLSearchParams(body));
  const operation = namedOperation('sts', action ?? '');
  if (operation === undefined) throw new AwsError(400, 'InvalidAction', `${action ?? 'No action'} is not simulated.`);
  return { operation, call: { ...identity, parameters } };
}

// AWS4-HMAC-SHA256 Credential=<access key>/<date>/<region>/<service>/aws4_request, SignedHeaders=…, Signature=…
function readIdentity(authorization: string | undefined, defaults: Defaults): Omit<Call, 'parameters'> {
  const [, accessKeyId, region] = /Credential=([^/,\s]+)\/[0-9]+\/([^/]+)\//.exec(authorization ?? '') ?? [];
  if (accessKeyId === undefined || region === undefined) {
    throw new AwsError(403, 'MissingAuthenticationTokenException', 'The request is not signed.');
  }
  const [account] = /[0-9]{12}/.exec(accessKeyId) ?? [];
  return { accessKeyId, region, account: account ?? defaults.account };
}

function readQuery(query: string): JsonObject {
  const parameters: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const known = parameters[name];
    if (repeatedQueryNames.has(name)) parameters[name] = [...(Array.isArray(known) ? known : []), value];
    else parameters[name] = value;
  }
  return parameters;
}

function readBody(body: string): JsonObject {
  if (body === '') return {};
  const parsed = parseJson(body);
  if (!isJsonObject(parsed)) throw new AwsError(400, 'SerializationException', 'The body is not a JSON object.');
  return parsed;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function xmlMembers(members: JsonObject): string {
  return Object.entries(members)
    .map(([name, value]) => `<${name}>${isJsonObject(value) ? xmlMembers(value) : escapeXml(String(value))}</${name}>`)
    .join('');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
