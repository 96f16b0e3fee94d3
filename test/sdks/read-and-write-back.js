// Reads appointments with a version of the vendor's npm SDK, prints the status that it shows, and writes each one back.
// Arguments: the package, the URL of the API, the URL for tokens, and the ids. Output: a JSON array with one element per id.
// Plain JavaScript: the types of the SDK differ from version to version.

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

/** Writes the appointment with other notes as its next version, and returns the outcome. */
async function writeBack(appointment) {
  const changed = { ...appointment, notes: 'written back' };
  try {
    const update = await appointments.update(appointment.id, String(appointment.version + 1), changed);
    return update.ok ? 'written' : String(update.rawResponse.status);
  } catch {
    return 'the SDK refuses';
  }
}
