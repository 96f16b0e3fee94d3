import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { anAppointment } from '../support/an-appointment.ts';
import { call, created, type Reply } from '../support/api.ts';
import { expectError } from '../support/expect-error.ts';

/** API Gateway passes these types as text. It has already replaced each byte that is not UTF-8 with U+FFFD. */
const asText = ['application/json', 'application/json; charset=utf-8'];
/** It passes this type as base64, so every byte arrives. */
const asBase64 = 'application/vnd.x+json';
/** How it passes these is unknown: the local gateway passes base64, the emulator text. */
const asEither = ['application/json; charset="UTF-8"', 'application/json;charset=utf8'];
const types = [...asText, asBase64, ...asEither];

/** Sends the body as version 2 of a new appointment. If that fails, checks that nothing was written. */
async function update(body: string | Uint8Array, headers: Record<string, string>): Promise<Reply> {
  const { id } = await created(anAppointment());
  const reply = await call('PUT', `/${id}/2`, { body, headers });
  if (reply.status !== 200) expect((await call('GET', `/${id}`)).json.version).toBe(1);
  return reply;
}

const json = (fields: Record<string, unknown>) => JSON.stringify(anAppointment(fields));

describe('a body in UTF-8', () => {
  const notes = 'é 🦷 \ufeff';

  it.each(types)('is returned as sent: %s', async (type) => {
    expect(await update(json({ notes }), { 'content-type': type })).toMatchObject({ status: 200, json: { notes } });
  });

  it.each(types)('may start with a byte order mark: %s', async (type) => {
    const reply = await update(`\ufeff${json({ notes })}`, { 'content-type': type });
    expect(reply).toMatchObject({ status: 200, json: { notes } });
  });

  it('may declare the charset US-ASCII, or the content-encoding identity', async () => {
    const type = { 'content-type': 'application/json; charset=US-ASCII' };
    expect((await update(json({}), type)).status).toBe(200);
    expect((await update(json({}), { 'content-encoding': 'identity' })).status).toBe(200);
  });
});

describe('a body in another encoding', () => {
  const latin1 = Buffer.from(json({ notes: 'é' }), 'latin1');

  it.each([
    ['iso-8859-1', 'application/json; charset=iso-8859-1'],
    ['ISO-8859-1', 'application/json; charset="ISO-8859-1"'],
    ['utf-16', 'application/vnd.x+json;charset=utf-16'],
    ['windows-1252', 'application/json; x=y; CHARSET=windows-1252'],
  ])('returns 415 and names the charset: %s', async (charset, type) => {
    const reply = await update(latin1, { 'content-type': type });
    expectError(reply, 415, 'UnsupportedMediaTypeError');
    expect(reply.json.content.message).toContain(charset);
  });

  it.each(['gzip', 'br', 'identity, gzip'])('returns 415 and names the content-encoding: %s', async (encoding) => {
    const reply = await update(gzipSync(json({})), { 'content-encoding': encoding });
    expectError(reply, 415, 'UnsupportedMediaTypeError');
    expect(reply.json.content.message).toContain(encoding);
  });

  it('returns 400 if it claims to be UTF-8 and the gateway passes its bytes', async () => {
    const reply = await update(latin1, { 'content-type': asBase64 });
    expectError(reply, 400, 'BadRequestError');
    expect(reply.json.content.message).toBe('The body is not valid UTF-8.');
  });

  const provider = { name: { family: 'A', given: [], use: 'USUAL' }, telecoms: [] };
  const identifiers = [
    { path: '/patient_id', fields: { patient_id: 'é' } },
    { path: '/placer_appointment_id', fields: { placer_appointment_id: 'é' } },
    { path: '/placer_system_name', fields: { placer_system_name: 'é' } },
    { path: '/location_resource_id', fields: { location_resource_id: 'A^é' } },
    { path: '/attending_doctor/npi', fields: { attending_doctor: { ...provider, npi: 'é' } } },
    { path: '/attending_doctor/canonical_id', fields: { attending_doctor: { ...provider, canonical_id: 'é' } } },
    {
      path: '/attending_doctor/service_facilities/0/service_facility_id',
      fields: { attending_doctor: { ...provider, service_facilities: [{ service_facility_id: 'é' }] } },
    },
  ];

  it.each(identifiers)('returns 422 if the gateway put U+FFFD into $path', async ({ path, fields }) => {
    for (const type of asText) {
      const reply = await update(Buffer.from(json(fields), 'latin1'), { 'content-type': type });
      expectError(reply, 422, 'UnprocessableEntityError');
      expect(reply.json.content.data).toMatchObject([{ path, rule: 'pattern' }]);
      expect(reply.json.content.message).toMatch('U+FFFD');
    }
  });

  it('never creates an appointment with a garbled placer id', async () => {
    const [one, other] = ['é', 'è'].map((letter) => Buffer.from(json({ placer_appointment_id: letter }), 'latin1'));
    for (const type of types) {
      const headers = { 'content-type': type };
      for (const body of [one, other]) expect([400, 422]).toContain((await call('POST', '', { body, headers })).status);
    }
  });
});
