import { describe, expect, it } from '@jest/globals';
import { anAppointment } from '../support/an-appointment.ts';
import { call, created } from '../support/api.ts';

describe('PUT /appointments/v1/{id}/{version}', () => {
  it('makes the next version', async () => {
    const { id } = await created(anAppointment());
    const { status, json } = await call('PUT', `/${id}/2`, { body: anAppointment({ notes: 'moved' }) });
    expect(status).toBe(200);
    expect(json).toMatchObject({ id, version: 2, notes: 'moved', deactivated: false });
  });

  it('lets exactly one of fifty concurrent writers of the next version win', async () => {
    const { id } = await created(anAppointment());
    const writers = Array.from({ length: 50 }, (_, n) =>
      call('PUT', `/${id}/2`, { body: anAppointment({ notes: `writer ${n}` }) }),
    );
    const replies = await Promise.all(writers);
    const winners = replies.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    for (const { status, json } of replies.filter((reply) => reply !== winners[0])) {
      expect(status).toBe(409);
      expect(json).toMatchObject({ errorName: 'VersionConflictError', content: { latest_version: 2 } });
    }
    const { json } = await call('GET', `/${id}`);
    expect(json).toMatchObject({ version: 2, notes: winners[0]?.json.notes });
  });
});
