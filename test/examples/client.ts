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

const started = new Date();
// #region write
// One key for one write. The SDK retries after a 429 or a 5xx, and waits as long as the response says: under the same key,
// the write happens once.
const retrying = () => ({ headers: { 'Idempotency-Key': randomUUID() }, maxRetries: 5 });

const created = await appointments.create(visit, retrying());
// The SDK does not throw: always look at `ok`.
if (!created.ok) throw new Error(`The create failed: ${JSON.stringify(created.error)}`);
const { id } = created.body;
console.log(`created version ${created.body.version}`);

// The path carries the next version.
const updated = await appointments.update(id, '2', { ...visit, status: 'READY' }, retrying());
if (!updated.ok) throw new Error(`The update failed: ${JSON.stringify(updated.error)}`);
console.log(`updated to version ${updated.body.version}, ${updated.body.status}`);
// #endregion

// #region conflict
// Another writer, who has not seen version 2, is told the version to continue from.
const late = await appointments.update(id, '2', { ...visit, notes: 'Late' }, retrying());
if (!late.ok && late.error.errorName === 'VersionConflictError') {
  console.log(`conflict: the latest version is ${late.error.content.latestVersion}`);
}
// #endregion

// #region violation
// NOT_READY needs a work queue. The SDK has no type for a 422: the response is in `content.body`.
const broken = await appointments.update(id, '3', { ...visit, status: 'NOT_READY' }, retrying());
if (!broken.ok && broken.error.errorName === undefined && broken.error.content.reason === 'status-code') {
  const { content }: { content?: { data?: { path: string; rule: string }[] } } = Object(broken.error.content.body);
  for (const { path, rule } of content?.data ?? []) console.log(`violation: ${path} ${rule}`);
}
// #endregion

// #region follow
const seen = new Set<string>();

/** Passes on what has changed since then. Gives back from where to go on: call it again with that, at once or some seconds later. */
async function follow(since: Date): Promise<Date> {
  const page = await appointments.scan({ since });
  if (!page.ok) throw new Error(`The scan failed: ${JSON.stringify(page.error)}`);
  for (const appointment of page.body) {
    // Pages overlap: once you have caught up, the next one begins 30 s earlier.
    const version = `${appointment.id} ${appointment.version}`;
    if (!seen.has(version)) console.log(`changed: version ${appointment.version}, ${appointment.status}`);
    seen.add(version);
  }
  const [, next = ''] = /[?&]since=([^>&]+)/.exec(page.rawResponse.headers.get('link') ?? '') ?? [];
  return new Date(decodeURIComponent(next));
}

await follow(await follow(started));
// #endregion
