import type { ServerOwnedFields } from '../../lambda/appointment/appointment.ts';
import { loneSurrogate, mutableAppointmentSchema } from '../../lambda/appointment/schema.ts';
import { defaultStatus, type StatusRow, statuses, statusRules } from '../../lambda/appointment/statuses.ts';
import { formatPatterns } from '../../lambda/appointment/timestamp.ts';
import { foreignAddressRule } from '../../lambda/appointment/violation.ts';
import { errorTable } from '../../lambda/http/error-table.ts';
import { uuidPattern } from '../../lambda/http/read-path.ts';

/** A JSON Schema, or any other object of the document. */
export type Schema = { readonly [keyword: string]: unknown };

/** A reference to a component of the document, by default to a schema. */
export function refTo(name: string, kind = 'schemas'): Schema {
  return { $ref: `#/components/${kind}/${name}` };
}

const text = { type: 'string' };
export const uuid: Schema = { type: 'string', format: 'uuid', pattern: uuidPattern.source };
export const timestamp: Schema = { type: 'string', format: 'date-time', pattern: formatPatterns['date-time'] };

function object(properties: Schema, required = Object.keys(properties)): Schema {
  return { type: 'object', required, properties };
}

const serverOwnedFields: Readonly<Record<keyof ServerOwnedFields, Schema>> = {
  id: uuid,
  organization_id: { type: 'string', description: "The token's organization." },
  version: { type: 'integer', minimum: 1, description: '1 at creation, one more with every change.' },
  updated_at: { ...timestamp, description: 'UTC, milliseconds.' },
  updating_user_id: { type: 'string', description: "The token's user." },
  deactivated: { type: 'boolean' },
  cancellation_reason: { type: 'string', description: 'Why it was deactivated. The next update clears it.' },
};

/** The schemas of the appointment. Each object is there twice: as a response has it, and as `…Request`, in which what is not required may be null. */
export function appointmentSchemas(): Record<string, Schema> {
  const components: Record<string, Schema> = {};
  for (const direction of ['response', 'request'] as const) hoist(mutableAppointmentSchema, direction, components);
  const { MutableAppointment, MutableAppointmentRequest, ...parts } = components;
  const { required } = mutableAppointmentSchema;
  const { cancellation_reason: _, ...always } = serverOwnedFields;
  const ignored = Object.keys(serverOwnedFields).map((name) => [name, { description: 'Ignored.' }]);
  return {
    ...parts,
    AppointmentRequest: {
      ...MutableAppointmentRequest,
      description: `${requestInWords}\n\n${rulesInWords}`,
      properties: { ...Object(MutableAppointmentRequest?.properties), ...Object.fromEntries(ignored) },
      allOf: Object.entries<StatusRow>(statuses).map(conditionOf),
    },
    Appointment: {
      ...MutableAppointment,
      description: 'An appointment as the service returns it. Fields that are not set are left out.',
      required: [...required, 'status', ...Object.keys(always)],
      properties: { ...Object(MutableAppointment?.properties), ...serverOwnedFields },
    },
  };
}

const requestInWords =
  'What a client sends. A field that is not required may be absent or `null`, at any depth: both mean *not set*. The fields that the server sets may be sent with any value; the service ignores them. Any other unknown field is rejected by name, unless it is `null`. Text must be well-formed Unicode: half of a surrogate pair (`"\\ud800"`) is rejected.';
const rulesInWords = [
  `The status rules (a missing status counts as ${defaultStatus}):\n`,
  ...statusRules.map(({ rule, message }) => `- \`${rule}\`: ${message}`),
].join('\n');

/** What the status requires and forbids. */
function conditionOf([status, { keeps: _, ...presences }]: [string, StatusRow]): Schema {
  const ruled = Object.entries(presences).filter(([, presence]) => presence !== 'optional');
  const types = ruled.map(([field, presence]) => [field, { type: presence === 'required' ? 'string' : 'null' }]);
  const required = ruled.flatMap(([field, presence]) => (presence === 'required' ? [field] : []));
  return {
    if:
      status === defaultStatus
        ? { properties: { status: { enum: [status, null] } } }
        : { properties: { status: { const: status } }, required: ['status'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: Object.fromEntries(types), ...(required.length > 0 && { required }) },
  };
}

type Direction = 'request' | 'response';

/** The schema for the document. Each titled object becomes a component, and a reference to it. */
function hoist(value: unknown, direction: Direction, components: Record<string, Schema>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => hoist(element, direction, components));
  const entries = Object.entries(value).map(([name, member]) => [name, hoist(member, direction, components)]);
  const { title, ...schema } = portable(Object.fromEntries(entries));
  const hoisted = direction === 'request' ? withNulls(schema) : schema;
  if (typeof title !== 'string') return hoisted;
  const name = direction === 'request' ? `${title}Request` : title;
  components[name] = hoisted;
  return refTo(name);
}

/** Many tools do not support `\p`, and some ignore formats: the document says the one in words, and the other in a pattern too. */
function portable({ pattern, ...schema }: Schema): Schema {
  const { format } = schema;
  if (format === 'date' || format === 'date-time') return { ...schema, pattern: formatPatterns[format] };
  if (typeof pattern !== 'string') return schema;
  const remaining = pattern.replaceAll(loneSurrogate, '');
  return remaining === '^[^]*$' ? schema : { ...schema, pattern: remaining };
}

/** As a request has it: what is not required, or not known, may be null. */
function withNulls(schema: Schema): Schema {
  const { properties, required, additionalProperties } = schema;
  if (properties === undefined) return schema;
  const names: readonly unknown[] = Array.isArray(required) ? required : [];
  const fields = Object.entries(Object(properties));
  return {
    ...schema,
    properties: Object.fromEntries(fields.map(([name, field]) => [name, names.includes(name) ? field : orNull(field)])),
    ...(additionalProperties === false && { additionalProperties: { type: 'null' } }),
  };
}

function orNull(field: unknown): Schema {
  if (field === false) return { type: 'null' };
  const schema: Schema = Object(field);
  if (schema.$ref !== undefined) return { anyOf: [schema, { type: 'null' }] };
  return {
    ...schema,
    type: [schema.type, 'null'],
    ...(Array.isArray(schema.enum) && { enum: [...schema.enum, null] }),
  };
}

const credential = { type: 'string', minLength: 1, maxLength: 1024 };

/** The schemas of the token route. */
export const tokenSchemas: Readonly<Record<string, Schema>> = {
  Credentials: object(
    { client_id: credential, client_secret: credential, grant_type: { enum: ['client_credentials', null] } },
    ['client_id', 'client_secret'],
  ),
  Token: object({
    access_token: text,
    expires_in: { type: 'integer', description: 'Seconds.' },
    token_type: { const: 'Bearer' },
  }),
};

const plainContent = object({ message: text });

/** The `content` of the errors that have more than a message. */
const contents: Readonly<Record<string, Schema>> = {
  VersionConflictError: object(
    {
      message: text,
      latest_version: { type: 'integer', minimum: 1, description: 'The current version.' },
      data: { ...object({ id: uuid }), description: 'On a create: the appointment that has this placer id.' },
    },
    ['message', 'latest_version'],
  ),
  UnprocessableEntityError: object(
    {
      message: text,
      data: { type: 'array', maxItems: 100, items: refTo('Violation') },
      truncated: { const: true, description: 'There are more than 100.' },
    },
    ['message', 'data'],
  ),
};

/** The schema of every error by `errorName`, and of the gateway's own errors. */
export function errorSchemas(): Record<string, Schema> {
  const errors = Object.entries(errorTable).map(([errorName, { meaning }]): [string, Schema] => [
    errorName,
    {
      description: meaning,
      ...object({ errorName: { const: errorName }, content: contents[errorName] ?? plainContent }),
    },
  ]);
  const rules = [...statusRules.map(({ rule }) => rule), foreignAddressRule].map((rule) => `\`${rule}\``).join(', ');
  return {
    ...Object.fromEntries(errors),
    Violation: object({
      path: { type: 'string', description: 'RFC 6901 pointer of the field itself, even of a missing one.' },
      rule: { type: 'string', description: `A JSON Schema keyword or a rule of the contract: ${rules}.` },
      message: text,
    }),
    GatewayError: {
      description: 'A response of the gateway itself: it has no `errorName`.',
      ...object({ message: text, errorName: false }, ['message']),
    },
  };
}
