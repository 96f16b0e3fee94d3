import { type ChangeType, changeSchema } from '../../lambda/appointment/change.ts';
import { described, refTo, type Schema, timestamp, uuid } from './schemas.ts';

/** What each type of change means, and how its example differs from the common one. */
const changesByType: Readonly<Record<ChangeType, { readonly summary: string; readonly example: object }>> = {
  AppointmentCreated: { summary: 'An appointment was created', example: { version: 1, status: 'PENDING' } },
  AppointmentUpdated: { summary: 'An appointment was updated', example: {} },
  AppointmentDeactivated: {
    summary: 'An appointment was deactivated, or deactivated again',
    example: { version: 3, deactivated: true },
  },
  AppointmentReactivated: { summary: 'An update reactivated a deactivated appointment', example: { version: 4 } },
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
    description: 'A change in the envelope of EventBridge.',
    required: [...Object.keys(example), 'detail-type'],
    properties: {
      version: { const: '0', description: 'The version of the envelope, not of the appointment.' },
      id: {
        type: 'string',
        description: 'The id of the event. If the service publishes a version again, the new event has another id.',
      },
      'detail-type': { enum: Object.keys(changesByType), description: 'The type of the change.' },
      source: { const: 'appointments' },
      account: { type: 'string', description: 'The AWS account of the service.' },
      time: { ...timestamp, description: 'When the version was written, in UTC.' },
      region: { type: 'string', description: 'The AWS region of the service.' },
      resources: { type: 'array', items: { type: 'string' }, description: 'Always empty.' },
      detail: refTo('Change'),
    },
  },
  Change: described(changeSchema.title, {
    ...changeSchema,
    properties: { ...changeSchema.properties, appointment_id: uuid, updated_at: timestamp },
  }),
};

/** The change events that the setting `events` sends: one webhook for each type. */
export function webhooks(): Schema {
  return Object.fromEntries(
    Object.entries(changesByType).map(([type, { summary, example: differences }]) => {
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
      'Sent if the stack has the setting `events`. The service publishes each version at least once. An event may arrive twice, and events may arrive in any order. For each `appointment_id`, store the highest `version` that you have processed, and ignore an event whose `version` is not higher. The event contains no patient data: read the appointment.',
    security: [],
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: refTo('ChangeEvent'), example: exampleOfType },
      },
    },
    responses: { '2XX': { description: 'Accepted. After any other response, the event is sent again.' } },
  };
}
