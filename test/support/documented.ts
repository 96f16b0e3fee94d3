import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { isDate, isTimestamp } from '../../lambda/appointment/timestamp.ts';

/** openapi.json. The type has only the members that the tests read. */
export const document: Document = JSON.parse(readFileSync('openapi.json', 'utf8'));

type Document = {
  readonly info: { readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly webhooks: Readonly<
    Record<string, { readonly post: { readonly requestBody: { readonly content: Content } } }>
  >;
  readonly components: {
    readonly responses: Readonly<Record<string, DocumentedResponse>>;
    readonly schemas: Readonly<Record<string, { readonly description?: string }>>;
  };
};

type Operation = { readonly responses: Readonly<Record<string, DocumentedResponse | Reference>> };
type Reference = { readonly $ref: string };

export type DocumentedResponse = {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly content?: Content;
};

type Content = {
  readonly 'application/json': {
    readonly schema: object;
    readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
    readonly example?: unknown;
  };
};

/** The documented response for the status, with a reference resolved. */
export function responseOf({ responses }: Operation, status: number | string): DocumentedResponse | undefined {
  const response = responses[status];
  return response && '$ref' in response
    ? document.components.responses[response.$ref.split('/').at(-1) ?? '']
    : response;
}

// AJV gets the whole document as one schema, so that references into it resolve.
const ajv = new Ajv2020({ strict: false, formats: { 'date-time': isTimestamp, date: isDate, uuid: true } });
ajv.addSchema(document, 'openapi.json');

/** Why the value violates a schema of the document; undefined if it is valid. */
export function violationOf(schema: object, value: unknown): string | undefined {
  const validate = compiled(schema);
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

const validators = new WeakMap<object, ValidateFunction>();

function compiled(schema: object): ValidateFunction {
  const known = validators.get(schema);
  if (known) return known;
  const absolute: object = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi.json#/'));
  const validate = ajv.compile(absolute);
  validators.set(schema, validate);
  return validate;
}

// Sorted so that a literal segment wins over a parameter, as in the gateway.
const templates = Object.keys(document.paths)
  .toSorted()
  .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }));

export type ReceivedResponse = {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
};

const documentedHeaders = ['link', 'retry-after', 'www-authenticate', 'apigw-requestid', 'cache-control'];

/** @throws Error if an operation of openapi.json received a response that the document does not describe */
export function expectDocumented({ method, url, status, headers, text }: ReceivedResponse): void {
  const { pathname } = new URL(url);
  const template = templates.find(({ pattern }) => pattern.test(pathname));
  const operation = template && document.paths[template.path]?.[method.toLowerCase()];
  if (!operation) return;
  const received = `${method} ${template.path} received ${status}`;
  const response = responseOf(operation, status);
  if (!response) throw new Error(`${received}, which openapi.json does not describe: ${text}`);
  const described = Object.keys(response.headers).map((name) => name.toLowerCase());
  for (const name of documentedHeaders) {
    if (headers.has(name) && !described.includes(name))
      throw new Error(`${received} with the undocumented header ${name}.`);
  }
  const fromGateway = status >= 400 && !text.startsWith('{"errorName":');
  if (!fromGateway && headers.get('cache-control') !== 'no-store')
    throw new Error(`${received} in a response that may be cached: it has no "cache-control: no-store".`);
  if (!response.content && text !== '') throw new Error(`${received} with a body: ${text.slice(0, 1_000)}`);
  if (!response.content) return;
  const why = violationOf(response.content['application/json'].schema, JSON.parse(text));
  if (why) throw new Error(`${received}, but openapi.json describes another body: ${why}: ${text.slice(0, 1_000)}`);
}
