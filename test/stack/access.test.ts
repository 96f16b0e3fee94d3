import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { AppointmentsStack } from '../../infra/appointments-stack.ts';
import { operations } from '../../infra/openapi/operations.ts';
import type { Settings } from '../../infra/stack/settings.ts';
import { routes } from '../support/template.ts';
import { accessCases, accessViolations } from './access.ts';
import { type Policy, type Statement, type Template, target } from './deployed-template.ts';
import { type Recording, recordCalls } from './recorded-calls.ts';

const at = `${target.region}:${target.account}`;
const encryptionKeyArn = `arn:aws:kms:${at}:key/12345678-1234-1234-1234-123456789012`;
const settings: Readonly<Record<string, Settings>> = {
  'no settings': {},
  'named clients': { clients: { acme: { organization: 'acme', scope: 'read-write' } } },
  'an issuer': { issuer: 'https://issuer.example/', audience: 'aud', tokenUrl: 'https://issuer.example/token' },
  'restored tables': {
    tableName: 'appointments-2',
    tableStreamArn: `arn:aws:dynamodb:${at}:table/appointments-2/stream/2026-11-22T12:00:00.000`,
    historyTableName: 'history-2',
  },
  'a customer managed key': { encryptionKeyArn, events: true },
  'change events': { events: true },
};

describe('the access between AWS services', () => {
  let recording: Recording;
  let outdir: string;

  beforeAll(async () => {
    outdir = await mkdtemp(join(tmpdir(), 'appointments-access-'));
    recording = await recordCalls();
  });

  afterAll(() => rm(outdir, { recursive: true }));

  it('is evaluated for the calls of every outcome: the recording has each documented error of each route', () => {
    for (const { functionName, routeKey } of routes) {
      const documented = [...new Set(operations[routeKey]?.errors)].sort();
      expect({ routeKey, errors: [...(recording.errorNames.get(functionName) ?? [])].sort() }).toEqual({
        routeKey,
        errors: documented,
      });
    }
  });

  it.each(Object.keys(settings))('is what the functions and services need and nothing more, with %s', async (name) => {
    expect(await violationsOf(templateOf(settings[name]))).toEqual([]);
  });

  it('needs each statement of the key policy in infra/README.md with a customer managed key', async () => {
    const template = templateOf({ encryptionKeyArn });
    for (const [n, { Sid }] of documentedKeyPolicy().Statement.entries()) {
      const policy = documentedKeyPolicy();
      policy.Statement.splice(n, 1);
      expect({ Sid, violations: (await violationsOf(template, policy)).length }).not.toEqual({ Sid, violations: 0 });
    }
  });

  describe('a mistake in a policy', () => {
    it('is found: alarms have no permission for their topic', async () => {
      const template = templateOf({});
      removeStatements(template, ({ Principal }) => Object(Principal).Service === 'cloudwatch.amazonaws.com');
      const violations = await violationsOf(template);
      expect(violations).toContain('Allowed: CloudWatch publishes ServerErrorsAlarm');
      expect(violations).toHaveLength(7);
    });

    it('is found: one permission of one function is missing, for each permission', async () => {
      const template = templateOf({ encryptionKeyArn, events: true });
      const permissions = policyStatements(template, 'AWS::IAM::Policy').flatMap((statement) =>
        [statement.Action].flat().map((action) => ({ statement, action })),
      );
      expect(permissions.length).toBeGreaterThan(50);
      for (const { statement, action } of permissions) {
        const all = statement.Action;
        statement.Action = [all].flat().filter((each) => each !== action);
        expect({ action, violations: (await violationsOf(template)).length }).not.toEqual({ action, violations: 0 });
        statement.Action = all;
      }
    });

    it('is found: one permission to invoke a function is missing, for each of them', async () => {
      const template = templateOf({});
      const permissions = Object.entries(template.Resources).filter(
        ([, { Type }]) => Type === 'AWS::Lambda::Permission',
      );
      for (const [id, permission] of permissions) {
        delete template.Resources[id];
        expect(await violationsOf(template)).toHaveLength(1);
        template.Resources[id] = permission;
      }
    });

    it('is found: a route may write the history', async () => {
      const template = templateOf({});
      const [update] = policyStatements(template, 'AWS::IAM::Policy').filter(
        ({ Action }) => Action === 'dynamodb:UpdateItem',
      );
      if (update) update.Action = ['dynamodb:UpdateItem', 'dynamodb:PutItem'];
      const [read] = policyStatements(template, 'AWS::IAM::Policy').filter(
        ({ Action, Resource }) => Action === 'dynamodb:GetItem' && JSON.stringify(Resource).includes('History'),
      );
      if (read) read.Action = 'dynamodb:*';
      expect(await violationsOf(template)).toEqual(
        expect.arrayContaining([
          'Denied: update-appointment: dynamodb:PutItem on APPOINTMENTS_TABLE',
          'Denied: update-appointment: dynamodb:PutItem on HISTORY_TABLE',
        ]),
      );
    });

    it.each([
      ['another account’s bucket', 's3:ResourceAccount', 'a bucket of that name in another account'],
      ['another account’s alarm', 'aws:SourceArn', 'of another account'],
      ['plain HTTP', 'aws:SecureTransport', 'over plain HTTP'],
    ])('is found: %s is not denied', async (_, condition, title) => {
      const template = templateOf({});
      for (const type of ['AWS::IAM::Policy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy']) {
        for (const statement of policyStatements(template, type)) {
          if (!JSON.stringify(statement.Condition ?? {}).includes(condition)) continue;
          if (statement.Effect === 'Deny') statement.Action = 'sns:Subscribe';
          else delete statement.Condition;
        }
      }
      expect((await violationsOf(template)).join()).toContain(title);
    });
  });

  function templateOf(deployed: Settings = {}): Template {
    const context = { 'aws:cdk:disable-asset-staging': true, 'aws:cdk:enable-path-metadata': true };
    const app = new App({ outdir: join(outdir, crypto.randomUUID()), context });
    const stack = new AppointmentsStack(app, 'Appointments', deployed);
    return structuredClone(app.synth().getStackArtifact(stack.artifactId).template);
  }

  async function violationsOf(template: Template, keyPolicy = documentedKeyPolicy()): Promise<string[]> {
    return [...new Set(await accessViolations(accessCases(template, recording.calls, keyPolicy)))];
  }
});

/** The key policy in infra/README.md, with the account and region of the tests. */
function documentedKeyPolicy(): Policy {
  const [, json = '{}'] =
    /\n### Encryption key\n.*?```json\n(.*?)```/s.exec(readFileSync('infra/README.md', 'utf8')) ?? [];
  return JSON.parse(json.replaceAll('ACCOUNT', target.account).replaceAll('REGION', target.region));
}

function policyStatements({ Resources }: Template, type: string): Statement[] {
  const policies = Object.values(Resources).filter(({ Type }) => Type === type);
  return policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

function removeStatements({ Resources }: Template, matches: (statement: Statement) => boolean): void {
  for (const { Type, Properties } of Object.values(Resources)) {
    if (Type !== 'AWS::SNS::TopicPolicy') continue;
    Properties.PolicyDocument.Statement = Properties.PolicyDocument.Statement.filter(
      (each: Statement) => !matches(each),
    );
  }
}
