import type { ServerOwned } from '../../lambda/appointment/appointment.ts';
import { mutableAppointmentSchema } from '../../lambda/appointment/schema.ts';
import { statusRules } from '../../lambda/appointment/status-rules.ts';

/** A JSON Schema, or any other object of the document. */
export type Schema = { readonly [keyword: string]: unknown };

const serverOwned: Readonly<Record<keyof ServerOwned, Schema>> = {
  id: { type: 'string', format: 'uuid' },
  organization_id: { type: 'string', description: "The token's organization." },
  version: { type: 'integer', minimum: 1, description: '1 at creation, one more with every change.' },
  updated_at: { type: 'string', format: 'date-time', description: 'UTC, milliseconds.' },
  updating_user_id: { type: 'string', description: "The token's user." },
  deactivated: { type: 'boolean' },
};

/** The schemas of the appointment: each object with a title once, and how requests and answers are made of it. */
export function appointmentSchemas(): Record<string, Schema> {
  const components: Record<string, Schema> = {};
  hoist(mutableAppointmentSchema, components);
  // Closed where it is used: an answer has more members than these.
  const { additionalProperties: _, ...open } = components.MutableAppointment ?? {};
  return {
    ...components,
    MutableAppointment: { ...open, description: 'The part of an appointment that its clients own.' },
    AppointmentRequest: {
      title: 'AppointmentRequest',
      description: `${request}\n\n${rulesInWords()}`,
      type: 'object',
      allOf: [refTo('MutableAppointment')],
      properties: Object.fromEntries(Object.keys(serverOwned).map((name) => [name, { description: 'Ignored.' }])),
      unevaluatedProperties: false,
    },
    Appointment: {
      title: 'Appointment',
      description: 'An appointment as it is answered: what is not set is left out.',
      type: 'object',
      allOf: [refTo('MutableAppointment')],
      required: [...Object.keys(serverOwned), 'status'],
      properties: serverOwned,
      unevaluatedProperties: false,
    },
  };
}

const request =
  'What a client sends. A member that is not required may be absent or `null`, at any depth: both mean *not set*. What the server owns may be sent along, with any value, and is ignored. Any other unknown member is refused by name, unless it is `null`.';

function rulesInWords(): string {
  const rules = statusRules.map(({ rule, message }) => `- \`${rule}\`: ${message}`);
  return `The rules between its fields, where a missing status counts as PENDING:\n\n${rules.join('\n')}`;
}

/** A reference to one of the document's schemas. */
export function refTo(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** The value with a reference in the place of each object that has a title; the objects themselves go into `components`. */
function hoist(value: unknown, components: Record<string, Schema>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => hoist(element, components));
  const schema = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hoist(member, components)]));
  if (typeof schema.title !== 'string') return schema;
  components[schema.title] = schema;
  return refTo(schema.title);
}
