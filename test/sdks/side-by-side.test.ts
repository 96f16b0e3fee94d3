import { execFile, execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { statusNames } from '../../lambda/appointment/statuses.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { apiUrl, authUrl, call, created } from '../support/api.ts';
import { pythonPackages } from '../support/python-packages.ts';

const npmPackages = [
  ['1.20.2', 'candidhealth-1.20.2'],
  ['1.30.0', 'candidhealth-1.30.0'],
  ['1.32.0', 'candidhealth-1.32.0'],
  ['1.33.0', 'candidhealth'],
];
const pythonVersions = ['1.20.1', '1.32.0', '1.37.0'];

const matchesRow = 'reads and writes back every status and every new field as its row in lambda/README.md says';

describe.each(npmPackages)('npm %s', (version, sdk = '') => {
  it(matchesRow, () =>
    expectRow(`npm ${version}`, (ids) =>
      run(process.execPath, 'read-and-write-back.js', sdk, apiUrl(), authUrl(), ...ids),
    ),
  );
});

// In CI, a missing python3 must fail these tests. Elsewhere it skips them.
const withPython = process.env.CI || hasPython() ? describe : describe.skip;

withPython.each(pythonVersions)('PyPI %s', (version) => {
  it('makes every call', async () => {
    expect(await run(await python(version), 'every_call.py', apiUrl(), authUrl())).toMatch(/^\d statuses/);
  });

  it(matchesRow, () =>
    expectRow(`PyPI ${version}`, async (ids) =>
      run(await python(version), 'read_and_write_back.py', apiUrl(), authUrl(), ...ids),
    ),
  );
});

/** Fields that only the newest SDKs know. */
const newFields = {
  appointment_reason_detail: { diagnosis_codes: ['M54.5'], procedure_codes: ['99213'] },
  medical_necessity_verified: true,
  prior_authorization_status: 'APPROVED',
  attending_doctor: {
    name: { family: 'Grey', given: [], use: 'USUAL' },
    telecoms: [],
    addresses: [
      {
        use: 'WORK',
        line: [],
        city: 'Toronto',
        state: 'FC',
        postal_code: '',
        country: 'CA',
        administrative_area: 'ON',
      },
    ],
  },
};

const required: Readonly<Record<string, Record<string, unknown>>> = {
  NOT_READY: { work_queue: 'NEW_PATIENT' },
  CHECKED_IN: { checked_in_timestamp: '2026-03-02T08:55:00Z' },
  CHECKED_OUT: { checked_in_timestamp: '2026-03-02T08:55:00Z', checked_out_timestamp: '2026-03-02T09:35:00Z' },
};

/** Compares the SDK with its row of the table in lambda/README.md. `script`: runs one of the scripts here with these ids. */
async function expectRow(sdk: string, script: (ids: readonly string[]) => Promise<string>): Promise<void> {
  const before: Record<string, unknown>[] = [];
  for (const status of statusNames)
    before.push(await created(anAppointment({ status, ...required[status], ...newFields })));
  const { id } = await created(anAppointment(newFields));
  await call('DELETE', `/${id}/1?cancellation_reason=moved`);

  const output = await script([...before.map((each) => String(each.id)), id]);
  const results: { readonly shown: string; readonly outcome: string }[] = JSON.parse(output);
  const after = await Promise.all(before.map(async (each) => (await call('GET', `/${each.id}`)).json));

  // Writing back a deactivated appointment reactivates it, even if the SDK does not know its cancellation_reason.
  const reactivated = await call('GET', `/${id}`);
  expect(reactivated.json).toMatchObject({ version: 3, deactivated: false });
  expect(reactivated.json).not.toHaveProperty('cancellation_reason');

  const lost = before.flatMap((each, i) => (results[i]?.outcome === 'written' ? lostIn(each, after[i]) : []));
  const cells = [
    sdk,
    byStatus(results.map(({ shown }, i) => (shown === statusNames[i] ? 'as it is' : `as \`${shown}\``))),
    byStatus(results.map(({ outcome }) => (outcome === 'written' ? 'yes' : `no: ${outcome}`))),
    [...new Set(lost)].map((name) => `\`${name}\``).join(', ') || 'nothing',
  ];
  const table = (await readFile('lambda/README.md', 'utf8')).split('\n');
  expect(table.filter((line) => line.startsWith(`| ${sdk} |`))).toEqual([`| ${cells.join(' | ')} |`]);
}

/** For example `as it is; CHECKED_OUT: as NO_SHOW`: the text of most statuses, then the exceptions. */
function byStatus(texts: readonly string[]): string {
  const [usual = ''] = texts;
  const exceptions = statusNames.flatMap((status, i) => (texts[i] === usual ? [] : [`\`${status}\`: ${texts[i]}`]));
  return [usual, ...exceptions].join('; ');
}

/** The names of the members, at any depth, that `before` has and `after` does not. */
function lostIn(before: unknown, after: unknown): string[] {
  if (typeof before !== 'object' || before === null) return [];
  return Object.entries(before).flatMap(([name, member]) => {
    const kept = Object.entries(Object(after)).find(([other]) => other === name);
    return kept ? lostIn(member, kept[1]) : [name];
  });
}

/** The path of a Python with this version of the SDK. */
async function python(version: string): Promise<string> {
  const packages = [`candidhealth==${version}`, 'pydantic==2.14.4', 'httpx==0.28.1'];
  return `${await pythonPackages(`candidhealth-${version}`, packages)}/python`;
}

async function run(program: string, script: string, ...args: string[]): Promise<string> {
  // Python's httpx cannot parse the [::1] that the local stack adds to NO_PROXY.
  const env = { ...process.env, NO_PROXY: 'localhost', no_proxy: 'localhost' };
  const { stdout } = await promisify(execFile)(program, [`test/sdks/${script}`, ...args], { env });
  return stdout;
}

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import venv'], { stdio: 'ignore' });
    return true;
  } catch {
    console.info('python3 or its venv module is not installed: the Python SDKs are not tested.');
    return false;
  }
}
