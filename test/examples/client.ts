// A complete client of the appointments service, with the vendor's SDK: npm install candidhealth
// #region client
import { randomUUID } from 'node:crypto';
import { CandidApi, CandidApiClient } from 'candidhealth';

const { CLIENT_ID = 'acme', CLIENT_SECRET = 'acme-secret' } = process.env;
const { API_URL = 'http://localhost:4000', AUTH_URL = 'http://localhost:5050' } = process.env;

const client = new CandidApiClient({
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  environment: { candidApi: AUTH_URL, preEncounter: API_URL },
});
const appointments = client.preEncounter.appointments.v1;

const visit = {
  patientId: CandidApi.preEncounter.PatientId('p-1'),
  startTimestamp: new Date('2026-03-02T09:00:00Z'),
  serviceDuration: 30,
  services: [],
};
// #endregion

const start = new Date();
// #region write
// Options of one write. The SDK retries a 429 or a 5xx. All attempts carry one key, so the write happens once.
const withRetries = () => ({ headers: { 'Idempotency-Key': randomUUID() }, maxRetries: 5 });

const created = await appointments.create(visit, withRetries());
// The SDK does not throw on an error response. Always check `ok`.
if (!created.ok) throw new Error(`The create failed: ${JSON.stringify(created.error)}`);
const { id } = created.body;
console.log(`created version ${created.body.version}`);

// The path carries the next version.
const updated = await appointments.update(id, '2', { ...visit, status: 'READY' }, withRetries());
if (!updated.ok) throw new Error(`The update failed: ${JSON.stringify(updated.error)}`);
console.log(`updated to version ${updated.body.version}, ${updated.body.status}`);
// #endregion

// #region conflict
// Another writer sends version 2 too. The conflict tells it the latest version.
const late = await appointments.update(id, '2', { ...visit, notes: 'Too late' }, withRetries());
if (!late.ok && late.error.errorName === 'VersionConflictError') {
  console.log(`conflict: the latest version is ${late.error.content.latestVersion}`);
}
// #endregion

// #region violation
// NOT_READY requires a work queue. The SDK has no type for a 422: the response is in `content.body`.
const invalid = await appointments.update(id, '3', { ...visit, status: 'NOT_READY' }, withRetries());
if (!invalid.ok && invalid.error.errorName === undefined && invalid.error.content.reason === 'status-code') {
  const { content }: { content?: { data?: { path: string; rule: string }[] } } = Object(invalid.error.content.body);
  for (const { path, rule } of content?.data ?? []) console.log(`violation: ${path} ${rule}`);
}
// #endregion

// #region follow
const seen = new Set<string>();

/** Prints what changed since a time, and returns the time to pass to the next call. */
async function follow(since: Date): Promise<Date> {
  const page = await appointments.scan({ since });
  if (!page.ok) throw new Error(`The scan failed: ${JSON.stringify(page.error)}`);
  for (const appointment of page.body) {
    // Pages overlap: skip the versions that an earlier page had.
    const version = `${appointment.id} ${appointment.version}`;
    if (!seen.has(version)) console.log(`changed: version ${appointment.version}, ${appointment.status}`);
    seen.add(version);
  }
  const [, next = ''] = /[?&]since=([^>&]+)/.exec(page.rawResponse.headers.get('link') ?? '') ?? [];
  return new Date(decodeURIComponent(next));
}

// An application calls this in a loop, with a pause of a few seconds.
await follow(await follow(start));
// #endregion
