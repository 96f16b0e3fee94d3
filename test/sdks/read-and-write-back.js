// Reads appointments with a version of the vendor's npm SDK, then reports what it shows, and sends each one back.
// Arguments: the package, the URL of the API, of the tokens, and the ids. Output: one JSON array, an element for each id.
// It is plain JavaScript because the types of several versions do not fit each other.

const [, , sdk, preEncounter, candidApi, ...ids] = process.argv;
const { CandidApiClient } = await import(sdk);
const client = new CandidApiClient({
  clientId: 'acme',
  clientSecret: 'acme-secret',
  environment: { candidApi, preEncounter },
});
const appointments = client.preEncounter.appointments.v1;

const read = await Promise.all(ids.map((id) => appointments.get(id)));
const results = await Promise.all(
  read.map(async ({ body }) => ({ shown: body.status, outcome: await writeBack(body) })),
);
console.log(JSON.stringify(results));

/** The same appointment with other notes, as its next version. */
async function writeBack(appointment) {
  const changed = { ...appointment, notes: 'written back' };
  try {
    const update = await appointments.update(appointment.id, String(appointment.version + 1), changed);
    return update.ok ? 'written' : String(update.rawResponse.status);
  } catch {
    return 'the SDK refuses';
  }
}
