import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { aFullAppointment, anAppointment } from '../support/an-appointment.ts';
import { call } from '../support/api.ts';
import { inContractOrder } from '../support/contract-order.ts';
import { reversed } from '../support/reversed.ts';

describe('the text of a response', () => {
  const body = aFullAppointment({ placer_appointment_id: null });
  const headers = { 'idempotency-key': randomUUID() };

  it('lists members in the contract’s order, whatever order the request has', async () => {
    const first = await call('POST', '', { body: reversed(body) });
    expect(first.text).toBe(inContractOrder(first.json));
    const { id } = first.json;
    const second = await call('PUT', `/${id}/2`, { body: reversed(body) });
    expect(second.text).toBe(inContractOrder(second.json));
    await call('DELETE', `/${id}/2?cancellation_reason=moved`);
    const third = await call('GET', `/${id}`);
    expect(third.text).toBe(inContractOrder(third.json));
    const history = await call('GET', `/${id}/history`);
    expect(history.text).toBe(`[${[first, second, third].map(({ text }) => text).join()}]`);
    const scan = await call('GET', `/updates/scan?since=${third.json.updated_at}`);
    expect(scan.text).toContain(third.text);
  });

  it('is identical for a retry with an Idempotency-Key, even after later versions', async () => {
    const create = () => call('POST', '', { body: reversed(body), headers });
    const first = await create();
    expect((await create()).text).toBe(first.text);
    // The same appointment: another order of members, and a null.
    expect((await call('POST', '', { body: { ...body, status_reason: null }, headers })).text).toBe(first.text);

    const { id } = first.json;
    const update = () => call('PUT', `/${id}/2`, { body: reversed(body), headers });
    const second = await update();
    expect((await update()).text).toBe(second.text);
    await call('PUT', `/${id}/3`, { body: anAppointment() });
    expect((await create()).text).toBe(first.text);
    expect((await update()).text).toBe(second.text);
  });

  it('may not be stored by a cache', async () => {
    const { id } = (await call('POST', '', { body })).json;
    const replies = [
      await call('GET', `/${id}`),
      await call('GET', `/${randomUUID()}`),
      await call('DELETE', `/${id}/1`),
      await call('PUT', `/${id}/1`, { body: '' }),
    ];
    expect(replies.map((reply) => [reply.status, reply.headers.get('cache-control')])).toEqual([
      [200, 'no-store'],
      [404, 'no-store'],
      [200, 'no-store'],
      [400, 'no-store'],
    ]);
  });
});
