import type { ServerOwnedFields } from '../../lambda/appointment/appointment.ts';
import { mutableAppointmentSchema } from '../../lambda/appointment/schema.ts';
import { defaultStatus, statusRules } from '../../lambda/appointment/statuses.ts';
import { errorTable } from '../../lambda/http/error-table.ts';

/** A JSON Schema, or any other object of the document. */
export type Schema = { readonly [keyword: string]: unknown };

/** A reference to a component of the document, by default to a schema. */
export function refTo(name: string, kind = 'schemas'): Schema {
  return { $ref: `#/components/${kind}/${name}` };
}

const text = { type: 'string' };
const uuid = { type: 'string', format: 'uuid' };

function object(properties: Schema, required = Object.keys(properties)): Schema {
  return { type: 'object', required, properties };
}

const serverOwnedFields: Readonly<Record<keyof ServerOwnedFields, Schema>> = {
  id: uuid,
  organization_id: { type: 'string', description: "The token's organization." },
  version: { type: 'integer', minimum: 1, description: '1 at creation, one more with every change.' },
  updated_at: { type: 'string', format: 'date-time', description: 'UTC, milliseconds.' },
  updating_user_id: { type: 'string', description: "The token's user." },
  deactivated: { type: 'boolean' },
};

/** The schemas of the appointment: each titled object once, and what requests and responses add to it. */
export function appointmentSchemas(): Record<string, Schema> {
  const components: Record<string, Schema> = {};
  hoist(mutableAppointmentSchema, components);
  // Closed where it is used: a response has more members.
  const { additionalProperties: _, ...open } = components.MutableAppointment ?? {};
  const allOf = [refTo('MutableAppointment')];
  const ignored = Object.keys(serverOwnedFields).map((name) => [name, { description: 'Ignored.' }]);
  return {
    ...components,
    MutableAppointment: { ...open, description: 'The part of an appointment that clients set.' },
    AppointmentRequest: {
      description: `${requestInWords}\n\n${rulesInWords}`,
      ...object(Object.fromEntries(ignored), []),
      allOf,
      unevaluatedProperties: false,
    },
    Appointment: {
      description: 'An appointment as the service returns it. Fields that are not set are left out.',
      ...object(serverOwnedFields, [...Object.keys(serverOwnedFields), 'status']),
      allOf,
      unevaluatedProperties: false,
    },
  };
}

const requestInWords =
  'What a client sends. A field that is not required may be absent or `null`, at any depth: both mean *not set*. The fields that the server sets may be sent with any value; the service ignores them. Any other unknown field is rejected by name, unless it is `null`.';
const rulesInWords = [
  `The status rules (a missing status counts as ${defaultStatus}):\n`,
  ...statusRules.map(({ rule, message }) => `- \`${rule}\`: ${message}`),
].join('\n');

/** Replaces each titled object by a reference, and puts the object into `components`. */
function hoist(value: unknown, components: Record<string, Schema>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => hoist(element, components));
  const schema = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hoist(member, components)]));
  if (typeof schema.title !== 'string') return schema;
  components[schema.title] = schema;
  return refTo(schema.title);
}

const credential = { type: 'string', minLength: 1, maxLength: 1024 };

/** The schemas of the token route. */
export const tokenSchemas: Readonly<Record<string, Schema>> = {
  Credentials: object({ client_id: credential, client_secret: credential }),
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
  const rules = statusRules.map(({ rule }) => `\`${rule}\``).join(', ');
  return {
    ...Object.fromEntries(errors),
    Violation: object({
      path: { type: 'string', description: 'RFC 6901 pointer of the field itself, even of a missing one.' },
      rule: { type: 'string', description: `A JSON Schema keyword or a status rule: ${rules}.` },
      message: text,
    }),
    GatewayError: {
      description: 'A response of the gateway itself: it has no `errorName`.',
      ...object({ message: text, errorName: false }, ['message']),
    },
  };
}
