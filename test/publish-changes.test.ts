import { randomUUID } from 'node:crypto';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterEach, describe, expect, it } from '@jest/globals';
import { aFullAppointment } from './support/an-appointment.ts';
import { type BuiltFunction, builtFunction } from './support/built-function.ts';
import { violationOf } from './support/documented.ts';
import {
  type EventBridge,
  type EventBridgeFault,
  eventBridgeFaults,
  startEventBridge,
} from './support/event-bridge.ts';
import { anItem } from './support/table.ts';

const canary = 'CANARY-5d1c';
const change = { $ref: '#/components/schemas/Change' };

describe('publish-changes', () => {
  let bridge: EventBridge;
  let publishChanges: BuiltFunction;

  afterEach(async () => {
    await publishChanges.stop();
    bridge.stop();
  });

  async function start(faultOf: (call: number) => EventBridgeFault | undefined = () => undefined): Promise<void> {
    bridge = await startEventBridge(faultOf);
    publishChanges = await builtFunction('publish-changes', bridge.url);
  }

  it('publishes each change as an event that matches the documented schema', async () => {
    await start();
    const id = randomUUID();
    const versions = [false, false, true, true, false].map((deactivated, n) =>
      anItem({ id, version: n + 1, deactivated }),
    );
    await publishChanges.invoke({ Records: versions.map((item, n) => streamRecord(item, versions[n - 1])) });
    expect(bridge.accepted.map(({ DetailType }) => DetailType)).toEqual([
      'AppointmentCreated',
      'AppointmentUpdated',
      'AppointmentDeactivated',
      'AppointmentDeactivated',
      'AppointmentReactivated',
    ]);
    for (const [n, { Detail, ...envelope }] of bridge.accepted.entries()) {
      const detail: unknown = JSON.parse(Detail);
      expect(violationOf(change, detail)).toBeUndefined();
      expect(detail).toEqual({
        organization_id: 'acme',
        appointment_id: id,
        version: n + 1,
        updated_at: versions[n]?.updated_at,
        status: 'PENDING',
        deactivated: versions[n]?.deactivated,
      });
      expect(envelope).toMatchObject({ EventBusName: 'Appointments', Source: 'appointments' });
      expect(envelope.Time).toBe(Date.parse(String(versions[n]?.updated_at)) / 1_000);
    }
  });

  it('puts no patient data into an event', async () => {
    await start();
    const appointment = JSON.parse(JSON.stringify(aFullAppointment()), (name, value) =>
      typeof value === 'string' && name !== 'status' ? canary : value,
    );
    const item = anItem({ appointment, cancellation_reason: canary, updating_user_id: canary });
    await publishChanges.invoke({ Records: [streamRecord(item, item)] });
    expect(bridge.accepted).toHaveLength(1);
    expect(JSON.stringify(bridge.accepted)).not.toContain(canary);
  });

  it('sends ten events per call, the maximum that EventBridge accepts', async () => {
    await start();
    expect(await publishChanges.invoke({ Records: streamRecords(25) })).toEqual({ batchItemFailures: [] });
    expect(bridge.calls.map(({ length }) => length).sort()).toEqual([10, 10, 5]);
  });

  it('retries only the events that failed', async () => {
    await start((call) => (call < 3 ? 'fails partly' : undefined));
    expect(await publishChanges.invoke({ Records: streamRecords(10) })).toEqual({ batchItemFailures: [] });
    expect(versionsOf(bridge)).toEqual(Array.from({ length: 10 }, (_, n) => n + 1));
    // EventBridge accepted no event twice.
    expect(bridge.accepted).toHaveLength(10);
  });

  it.each(eventBridgeFaults)('publishes every version if the first call %s', async (fault) => {
    await start((call) => (call === 0 ? fault : undefined));
    expect(await publishChanges.invoke({ Records: streamRecords(10) })).toEqual({ batchItemFailures: [] });
    expect(new Set(versionsOf(bridge))).toEqual(new Set(Array.from({ length: 10 }, (_, n) => n + 1)));
  });

  it('reports a record that is broken, and one that was throttled until the retry budget ended', async () => {
    await start(() => 'is throttled');
    const broken = streamRecord(anItem({ version: 3, appointment: undefined }));
    const result = await publishChanges.invoke({ Records: [streamRecord(anItem()), broken] });
    const failed = { itemIdentifier: broken.dynamodb.SequenceNumber };
    expect(result).toEqual({ batchItemFailures: [failed, expect.anything()] });
    await publishChanges.stop();
    expect(publishChanges.log().trim().split('\n')).toHaveLength(2);
    expect(publishChanges.log()).toContain('ThrottlingException');
  });

  it('publishes the other versions if one item is broken, and skips a deletion', async () => {
    await start();
    const broken = streamRecord(anItem({ version: 3, appointment: undefined }));
    const deleted = { eventName: 'REMOVE', dynamodb: { SequenceNumber: '0' } };
    const result = await publishChanges.invoke({ Records: [deleted, broken, ...streamRecords(2)] });
    expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: broken.dynamodb.SequenceNumber }] });
    expect(versionsOf(bridge)).toEqual([1, 2]);
  });
});

let sequence = 0;

function streamRecord(item: Record<string, unknown>, previous?: Record<string, unknown>) {
  sequence += 1;
  const image = (attributes: Record<string, unknown>) => marshall(attributes, { removeUndefinedValues: true });
  return {
    eventName: previous ? 'MODIFY' : 'INSERT',
    dynamodb: {
      SequenceNumber: String(sequence),
      NewImage: image(item),
      ...(previous && { OldImage: image(previous) }),
    },
  };
}

/** The stream records of versions 1 to `count`. */
function streamRecords(count: number) {
  return Array.from({ length: count }, (_, n) => streamRecord(anItem({ version: n + 1 }), anItem({ version: n })));
}

function versionsOf({ accepted }: EventBridge): number[] {
  return accepted.map(({ Detail }) => JSON.parse(Detail).version).sort((a, b) => a - b);
}
