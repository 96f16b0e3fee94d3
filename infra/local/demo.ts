import { randomUUID } from 'node:crypto';
import { CandidApi, CandidApiClient } from 'candidhealth';
import { commandLine } from '../command-line.ts';
import { type DeployedFlags, deployedFlags, findDeployed } from './find-deployed.ts';
import { localClients } from './local-issuer.ts';
import { silentLog } from './stack-log.ts';

type UpdateError = CandidApi.preEncounter.appointments.v1.update.Error;

/** The local or deployed stack that the demo uses. */
type Service = {
  readonly apiUrl: string;
  readonly authUrl: string;
  readonly client: { readonly id: string; readonly secret: string };
  readonly stop: () => Promise<void>;
};

const help = `npm run demo [-- --url API_URL --client-id ID --client-secret SECRET]

Starts the service on this machine, shows the version rule with the vendor's SDK, and stops.

  --url, --client-id, --client-secret   use this deployed stack instead; the demo leaves one deactivated appointment there

Environment variable

  AWS_ENDPOINT_URL_DYNAMODB             use the DynamoDB at this URL instead of the built-in database`;

const writers = 50;

const { values } = commandLine(help, { options: deployedFlags });
let service: Service | undefined;
try {
  service = Object.keys(values).length > 0 ? await deployedService(values) : await localService();
  await demonstrate(service);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await service?.stop();
}

/** @throws Error with a sentence that says what to do */
async function deployedService(flags: DeployedFlags): Promise<Service> {
  const { apiUrl, client } = await findDeployed(flags);
  say(`Using the deployed stack at ${apiUrl}; the demo leaves one deactivated appointment there …`);
  return { apiUrl, authUrl: apiUrl, client, stop: async () => {} };
}

async function localService(): Promise<Service> {
  say('Starting the local stack …');
  const { startLocalStack } = await import('./local-stack.ts');
  const dynamodb = process.env.AWS_ENDPOINT_URL_DYNAMODB || undefined;
  const stack = await startLocalStack({ port: 0, authPort: 0, dynamodb, log: silentLog });
  return { ...stack, client: localClients[0] };
}

async function demonstrate({ apiUrl, authUrl, client }: Service): Promise<void> {
  const { preEncounter } = new CandidApiClient({
    clientId: client.id,
    clientSecret: client.secret,
    environment: { candidApi: authUrl, preEncounter: apiUrl },
  });
  const appointments = preEncounter.appointments.v1;
  const body = {
    patientId: CandidApi.preEncounter.PatientId('patient-1'),
    startTimestamp: new Date('2026-03-02T09:00:00Z'),
    serviceDuration: 30,
    services: [],
  };
  show(`the API is ${apiUrl}; the client is the vendor's unmodified SDK, candidhealth`);

  say('1  Create an appointment');
  const created = await appointments.create(body);
  if (!created.ok) throw new Error(`The create failed: ${JSON.stringify(created.error)}`);
  const { id } = created.body;
  show(`id ${id}`);
  check(created.body.version === 1, `version ${created.body.version}`);

  say('2  Update it: the path carries the next version, /2');
  const updated = await appointments.update(id, '2', { ...body, status: 'READY', notes: 'Insurance verified' });
  check(updated.ok && updated.body.version === 2, `version ${updated.ok ? updated.body.version : 'unchanged'}`);

  say('3  Send /2 again, like a writer that has not seen the update');
  const stale = await appointments.update(id, '2', { ...body, notes: 'This would overwrite it' });
  checkConflict(stale, 2);

  say('4  Send /9, which is not the next version');
  const future = await appointments.update(id, '9', body);
  checkConflict(future, 2);

  say('5  Break two rules: NOT_READY without a work queue, but with a check-in time');
  const invalid = await appointments.update(id, '3', {
    ...body,
    status: 'NOT_READY',
    checkedInTimestamp: new Date('2026-03-02T08:55:00Z'),
  });
  const { status, violations } = readViolations(invalid);
  for (const { rule, message } of violations) show(`${rule}: ${message}`);
  const rules = violations.map(({ rule }) => rule).join(', ');
  check(rules === 'not_ready_needs_work_queue, timestamp_needs_checked_in', `${status}, with both violations at once`);

  say(`6  Race ${writers} writers for /3`);
  const race = await Promise.all(
    Array.from({ length: writers }, (_, n) =>
      // A new AWS account runs few functions at once. The SDK retries throttled requests, and the key makes a retry safe.
      appointments.update(
        id,
        '3',
        { ...body, notes: `Writer ${n + 1}` },
        { headers: { 'Idempotency-Key': randomUUID() }, maxRetries: 10 },
      ),
    ),
  );
  const won = race.flatMap((result) => (result.ok ? [result.body] : []));
  const latest = race.flatMap((result) => (result.ok ? [] : [latestVersion(result.error)]));
  check(won.length === 1, `${won.length} won: ${won.map(({ notes }) => notes).join(', ')}`);
  check(
    latest.length === writers - 1 && latest.every((version) => version === 3),
    `${latest.length} got 409, latest_version 3`,
  );
  const now = await appointments.get(id);
  check(
    now.ok && now.body.version === 3 && now.body.notes === won[0]?.notes,
    'the appointment has the notes of the winner',
  );

  say('7  Deactivate it: the path carries the current version, /3');
  const deactivated = await appointments.deactivate(id, '3');
  const last = await appointments.get(id);
  check(
    deactivated.ok && last.ok && last.body.deactivated && last.body.version === 4,
    'version 4, deactivated; you can still read it',
  );

  say('All checks passed. To try it yourself: npm start\n');
}

function say(text: string): void {
  console.log(`\n${text}`);
}

function show(text: string): void {
  console.log(`   ${text}`);
}

/** @throws Error if the check fails; the demo then exits with code 1 */
function check(passed: boolean, text: string): void {
  if (!passed) throw new Error(`   ✗ ${text}`);
  show(`✓ ${text}`);
}

function checkConflict(result: { ok: true } | { ok: false; error: UpdateError }, latest: number): void {
  if (result.ok) throw new Error('The update succeeded, but a conflict was expected.');
  show(`${result.error.errorName}: ${JSON.stringify(result.error.content)}`);
  check(latestVersion(result.error) === latest, `409; the response has the latest version, ${latest}`);
}

function latestVersion(error: UpdateError): number | undefined {
  return error.errorName === 'VersionConflictError' ? error.content.latestVersion : undefined;
}

/** The SDK has no type for a 422, so it returns the raw response. */
function readViolations(result: { ok: true } | { ok: false; error: UpdateError }): {
  status: number | undefined;
  violations: readonly { rule: string; message: string }[];
} {
  if (result.ok || result.error.errorName !== undefined) return { status: undefined, violations: [] };
  const { content } = result.error;
  if (content.reason !== 'status-code') return { status: undefined, violations: [] };
  const { content: { data = [] } = {} }: { content?: { data?: { rule: string; message: string }[] } } = Object(
    content.body,
  );
  return { status: content.statusCode, violations: data };
}
