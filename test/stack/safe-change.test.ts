import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { AppointmentsStack } from '../../infra/appointments-stack.ts';
import type { Settings } from '../../infra/stack/settings.ts';

type Template = { Resources: Record<string, { Type: string; DeletionPolicy?: string }> };

describe('a change of the code', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'appointments-clone-'));
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('replaces nothing that holds data: its logical ids never change', () => {
    const retained = Object.entries(synthesized({ events: true }).Resources).filter(
      ([, { Type, DeletionPolicy }]) => DeletionPolicy === 'Retain' && Type !== 'AWS::Logs::LogGroup',
    );
    expect(Object.fromEntries(retained.map(([id, { Type }]) => [id, Type]))).toEqual({
      AppointmentsD5946CB7: 'AWS::DynamoDB::Table',
      HistoryC127576E: 'AWS::DynamoDB::Table',
      FailedRecordsDEC8AD7E: 'AWS::S3::Bucket',
      FailedEventsA83487DA: 'AWS::S3::Bucket',
      Clients67031123: 'AWS::Cognito::UserPool',
      // Its client id is an organization.
      ClientsClientF938741A: 'AWS::Cognito::UserPoolClient',
    });
  });

  it('adds a client, and otherwise changes only the lists of organizations and audiences', () => {
    const { Resources: before } = synthesized({});
    const { Resources: after } = synthesized({ clients: { acme: { organization: 'acme', scope: 'read' } } });
    const changed = Object.keys(after).filter((id) => !isDeepStrictEqual(after[id], before[id]));
    expect(changed.map((id) => after[id]?.Type).sort()).toEqual([
      'AWS::ApiGatewayV2::Authorizer',
      'AWS::Cognito::UserPoolClient',
      'AWS::Cognito::UserPoolResourceServer',
    ]);
    expect(Object.keys(before).filter((id) => !(id in after))).toEqual([]);
  });

  it('produces the same template in a clone in another folder', async () => {
    const clone = join(folder, 'somewhere', 'else');
    for (const name of ['infra', 'lambda', 'package.json', 'tsconfig.json', 'cdk.json']) {
      await cp(name, join(clone, name), { recursive: true });
    }
    await symlink(resolve('node_modules'), join(clone, 'node_modules'));
    const out = join(clone, 'cdk.out');
    await promisify(execFile)(process.execPath, ['infra/app.ts'], {
      cwd: clone,
      env: { ...process.env, CDK_OUTDIR: out },
    });
    const there: Template = JSON.parse(await readFile(join(out, 'Appointments.template.json'), 'utf8'));
    expect(there).toEqual(synthesized({}));
  });

  it('has no tables of its own if the settings name restored tables', () => {
    const restored = {
      tableName: 'restored',
      tableStreamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/restored/stream/2026',
      historyTableName: 'restored-history',
    };
    const { Resources } = synthesized(restored);
    expect(Object.values(Resources).map(({ Type }) => Type)).not.toContain('AWS::DynamoDB::Table');
    expect(JSON.stringify(Resources)).toContain('table/restored/index/updates');
  });

  function synthesized(settings: Settings): Template {
    const app = new App({ outdir: join(folder, crypto.randomUUID()) });
    const stack = new AppointmentsStack(app, 'Appointments', settings);
    return app.synth().getStackArtifact(stack.artifactId).template;
  }
});
