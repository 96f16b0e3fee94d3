import { type ChangeType, changeSchema } from '../../lambda/appointment/change.ts';
import { formatPatterns } from '../../lambda/appointment/timestamp.ts';
import { refTo, type Schema, uuid } from './schemas.ts';

/** What each type of change means, and how its example differs. */
const changes: Readonly<Record<ChangeType, { readonly summary: string; readonly example: object }>> = {
  AppointmentCreated: { summary: 'An appointment was created', example: { version: 1, status: 'PENDING' } },
  AppointmentUpdated: { summary: 'An appointment was updated', example: {} },
  AppointmentDeactivated: {
    summary: 'An appointment was deactivated, possibly once more',
    example: { version: 3, deactivated: true },
  },
  AppointmentReactivated: { summary: 'A deactivated appointment was updated', example: { version: 4 } },
};

const example = {
  version: '0',
  id: '2f6c2f1e-6a0c-4b7e-9d51-6c8a3d1f0e77',
  source: 'appointments',
  account: '111122223333',
  time: '2026-03-02T08:25:00Z',
  region: 'us-east-1',
  resources: [],
  detail: {
    organization_id: 'acme',
    appointment_id: '6f1c7a52-5d0e-4f5a-9b1e-3f0f6f6c2d11',
    version: 2,
    updated_at: '2026-03-02T08:25:00.000Z',
    status: 'READY',
    deactivated: false,
  },
};

/** The schemas of a change event: EventBridge's envelope, and the `detail` in it. */
export const changeEventSchemas: Readonly<Record<string, Schema>> = {
  ChangeEvent: {
    type: 'object',
    description: "A change in EventBridge's envelope. `id` is another one if the event is sent again.",
    required: [...Object.keys(example), 'detail-type'],
    properties: {
      version: { const: '0' },
      id: { type: 'string' },
      'detail-type': { enum: Object.keys(changes) },
      source: { const: 'appointments' },
      account: { type: 'string' },
      time: { type: 'string', format: 'date-time', pattern: formatPatterns['date-time'] },
      region: { type: 'string' },
      resources: { type: 'array', items: { type: 'string' } },
      detail: refTo('Change'),
    },
  },
  Change: {
    ...changeSchema,
    properties: {
      ...changeSchema.properties,
      appointment_id: uuid,
      updated_at: { ...changeSchema.properties.updated_at, pattern: formatPatterns['date-time'] },
    },
  },
};

/** The change events that the setting `events` sends: one webhook for each type. */
export function webhooks(): Schema {
  return Object.fromEntries(
    Object.entries(changes).map(([type, { summary, example: differences }]) => {
      const detail = { ...example.detail, ...differences };
      return [type, { post: operationOf(type, summary, { ...example, 'detail-type': type, detail }) }];
    }),
  );
}

function operationOf(type: string, summary: string, exampleOfType: Schema): Schema {
  return {
    operationId: `on${type}`,
    tags: ['Change events'],
    summary,
    description:
      'With the setting `events`. Every version is announced at least once. An event may arrive twice, and events may arrive in any order: keep the highest `version` of each `appointment_id`, drop an event whose `version` is not higher, and read the appointment for its content.',
    security: [],
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: refTo('ChangeEvent'), example: exampleOfType },
      },
    },
    responses: { '2XX': { description: 'Accepted. After any other response the event is sent again.' } },
  };
}
