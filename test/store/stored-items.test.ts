import { readFile } from 'node:fs/promises';
import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { anAppointment } from '../support/an-appointment.ts';
import { call } from '../support/api.ts';
import { inContractOrder } from '../support/contract-order.ts';
import { database, tableName } from '../support/table.ts';

/**
 * An item as the first version of the service stored it, with every kind of field. Never change it: such items stay in the
 * table, and every later version must read them. Add a new fixture for a new form of item.
 */
const fixture = new URL('./fixtures/item-v1.json', import.meta.url);

describe('an item that was stored by the first version of the service', () => {
  let item: Record<string, AttributeValue>;
  let appointment: Record<string, unknown>;

  beforeAll(async () => {
    item = JSON.parse(await readFile(fixture, 'utf8'));
    const { appointment_key, feed_key: _, appointment: mutable, write_id: __, ...stamp } = unmarshall(item);
    appointment = { ...mutable, ...stamp, id: appointment_key.split('#')[0], organization_id: 'acme' };
    await database().send(new PutItemCommand({ TableName: await tableName('Appointments'), Item: item }));
    const history = await tableName('History');
    for (let version = 1; version < 7; version += 1) {
      const earlier = { ...item, version: { N: String(version) } };
      await database().send(new PutItemCommand({ TableName: history, Item: earlier }));
    }
  });

  it('is returned as it was then, in the order of the contract and not of the table', async () => {
    expect((await call('GET', `/${appointment.id}`)).text).toBe(inContractOrder(appointment));
  });

  it('is in the history and in a scan as it was then', async () => {
    const { json } = await call('GET', `/${appointment.id}/history`);
    expect(json).toEqual([1, 2, 3, 4, 5, 6, 7].map((version) => ({ ...appointment, version })));
    const scan = await call('GET', `/updates/scan?since=${appointment.updated_at}`);
    expect(scan.json).toContainEqual(appointment);
  });

  it('is replaced by an update with the next version', async () => {
    const stale = await call('PUT', `/${appointment.id}/7`, { body: anAppointment() });
    expect([stale.status, stale.json.content.latest_version]).toEqual([409, 7]);
    const next = await call('PUT', `/${appointment.id}/8`, { body: anAppointment() });
    expect([next.status, next.json.version]).toEqual([200, 8]);
  });
});
