import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { readSettings, settingsSchema } from '../../infra/stack/settings.ts';

const client = { organization: 'acme', scope: 'read' };
const ownIssuer = { issuer: 'https://issuer.example/', audience: 'aud', tokenUrl: 'https://issuer.example/token' };
const restored = {
  tableName: 'appointments-2',
  tableStreamArn: 'arn:aws:dynamodb:us-east-1:111122223333:table/appointments-2/stream/2026-11-22T12:00:00.000',
  historyTableName: 'history-2',
};

describe('the settings', () => {
  it.each([
    ['nothing', {}],
    ['clients', { clients: { acmeDesk: { organization: 'acme', scope: 'read-write' }, acmeReports: client } }],
    ['49 clients, in addition to the default client', { clients: clients(49) }],
    ['an issuer', ownIssuer],
    ['only a token endpoint, such as an emulator’s', { tokenUrl: 'http://127.0.0.1:4566/oauth2/token' }],
    ['restored tables', restored],
    [
      'a custom domain',
      {
        domainName: 'appointments.example.com',
        certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012',
      },
    ],
    [
      'a customer managed key',
      { encryptionKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012' },
    ],
    ['termination protection', { terminationProtection: true }],
  ])('may be %s, in the context or in an environment', (_, settings) => {
    expect(readSettings(settings)).toEqual({ outcome: 'valid', stackName: 'Appointments', settings });
    expect(readSettings({ environment: 'staging', environments: { staging: settings } })).toEqual({
      outcome: 'valid',
      stackName: 'Appointments-staging',
      settings,
    });
  });

  it('come only from the environment, if the context names one', () => {
    const environments = { staging: { clients: { acme: client } }, production: ownIssuer };
    const context = { terminationProtection: true, environments };
    expect(readSettings({ ...context, environment: 'staging' })).toMatchObject({ settings: environments.staging });
    expect(readSettings({ ...context, environment: 'production' })).toMatchObject({ settings: ownIssuer });
    expect(readSettings(context)).toMatchObject({ settings: { terminationProtection: true } });
  });

  it('may be strings, as -c passes them', () => {
    expect(
      readSettings({ clients: JSON.stringify({ acme: client }), terminationProtection: 'true', environments: '{}' }),
    ).toMatchObject({ settings: { clients: { acme: client }, terminationProtection: true } });
  });

  it('ignore what the CDK stores in the context', () => {
    const storedByCdk = {
      '@aws-cdk/core:checkSecretUsage': true,
      'aws:cdk:version-reporting': false,
      'availability-zones:account=111122223333:region=us-east-1': ['us-east-1a'],
      'acknowledged-issue-numbers': [1],
      'cli-telemetry': false,
    };
    expect(readSettings(storedByCdk)).toMatchObject({ outcome: 'valid', settings: {} });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a misspelled setting', { isuer: 'x' }, 'The context has an unknown setting, isuer; the settings are clients,'],
    ['a misspelled setting of -c', { enviroment: 'staging' }, 'unknown setting, enviroment'],
    [
      'a misspelled setting of an environment',
      { environments: { staging: { client: {} } } },
      'environments.staging has an unknown setting, client;',
    ],
    ['an unknown environment', { environment: 'stagng', environments: { staging: {} } }, 'no environment stagng'],
    [
      'an environment with the name of an inherited member',
      { environment: 'constructor', environments: {} },
      'no environment',
    ],
    ['an environment that cannot be a name', { environments: { 'my stage': {} } }, 'The name my stage in environments'],
    ['an issuer without its audience', { ...ownIssuer, audience: undefined }, 'issuer needs the setting audience too'],
    ['an issuer without its tokenUrl', { ...ownIssuer, tokenUrl: undefined }, 'issuer needs the setting tokenUrl too'],
    ['an audience without an issuer', { audience: 'aud' }, 'audience needs the setting issuer too'],
    ['an http issuer', { ...ownIssuer, issuer: 'http://issuer.example/' }, 'issuer must be an https URL'],
    ['an issuer that is not a URL', { ...ownIssuer, issuer: 'issuer.example' }, 'issuer must be an https URL'],
    ['an empty issuer', { ...ownIssuer, issuer: '' }, 'issuer must be an https URL'],
    ['a tokenUrl that is not a URL', { tokenUrl: 'issuer.example/token' }, 'tokenUrl must be an https URL'],
    ['an http tokenUrl of another host', { tokenUrl: 'http://127.0.0.1.example/t' }, 'tokenUrl must be an https URL'],
    ['clients and an issuer', { ...ownIssuer, clients: { acme: client } }, 'issuer and clients cannot be set together'],
    ['one restored table', { tableName: 'restored' }, 'tableName needs the setting tableStreamArn too'],
    ['a stream without its table', { tableStreamArn: restored.tableStreamArn }, 'needs the setting tableName too'],
    ['the stream of another table', { ...restored, tableName: 'appointments' }, 'tableStreamArn must be the ARN of'],
    ['a domain without a certificate', { domainName: 'a.example.com' }, 'needs the setting certificateArn too'],
    ['an alias as the key', { encryptionKeyArn: 'arn:aws:kms:us-east-1:111122223333:alias/a' }, 'not of an alias'],
    ['yes instead of true', { terminationProtection: 'yes' }, 'terminationProtection must be true or false'],
    ['a client whose name cannot be an output', { clients: { 'acme-desk': client } }, 'The name acme-desk in clients'],
    ['a client without an organization', { clients: { acme: { scope: 'read' } } }, 'must have a setting organization'],
    [
      'an organization that is not a valid claim',
      { clients: { acme: { ...client, organization: 'client:1' } } },
      'clients.acme.organization must be 1 to 128 letters, digits, dots, hyphens and underscores',
    ],
    ['another scope', { clients: { acme: { ...client, scope: 'write' } } }, 'clients.acme.scope must be read or'],
    ['a misspelled setting of a client', { clients: { acme: { ...client, organisation: 'a' } } }, 'organisation'],
    ['a list of clients', { clients: [client] }, 'clients must be an object of at most 49 clients'],
    ['text that is not JSON', { clients: '{acme' }, 'clients must be an object of at most 49 clients'],
    ['more clients than an authorizer accepts', { clients: clients(50) }, 'use an issuer of your own'],
  ])('are rejected in one sentence: %s', (_, context, message) => {
    const read = readSettings(JSON.parse(JSON.stringify(context)));
    if (read.outcome === 'valid') throw new Error('The settings are valid.');
    expect(read.sentence).toContain(message);
    expect(read.sentence).toMatch(/^[^\n]+\.$/);
  });

  it('are all documented in infra/README.md', async () => {
    const document = await readFile('infra/README.md', 'utf8');
    const [, table = ''] = /\n### Settings\n(.*?)\n###/s.exec(document) ?? [];
    for (const name of Object.keys(settingsSchema.properties)) expect(table).toContain(`\`${name}\``);
  });

  it('stop a deployment before it builds anything, with that sentence and without a stack trace', async () => {
    const context = { environment: 'stagng', environments: { staging: {} } };
    const app = promisify(execFile)(process.execPath, ['infra/app.ts'], {
      env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify(context) },
    });
    await expect(app).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'cdk.json has no environment stagng; its environments are: staging.\n',
    });
  });
});

function clients(count: number): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`client${n}`, client]));
}
