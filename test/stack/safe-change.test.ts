import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { AppointmentsStack } from '../../infra/appointments-stack.ts';

type Template = { Resources: Record<string, { Type: string; DeletionPolicy?: string }> };

describe('a change of the code', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'appointments-clone-'));
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('replaces no table: their logical ids are for good', () => {
    const tables = Object.entries(synthesized({}).Resources).filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table');
    expect(tables.map(([id, { DeletionPolicy }]) => [id, DeletionPolicy])).toEqual([
      ['AppointmentsD5946CB7', 'Retain'],
      ['HistoryC127576E', 'Retain'],
    ]);
  });

  it('keeps the user pool and its own client, whose id is an organization', () => {
    const { Resources } = synthesized({});
    const withClients = synthesized({ clients: { acme: { organization: 'acme', scope: 'read' } } });
    for (const id of ['Clients67031123', 'ClientsClientF938741A']) {
      expect(Object.keys(Resources)).toContain(id);
      expect(Object.keys(withClients.Resources)).toContain(id);
    }
  });

  it('is the same template from a clone in another folder', async () => {
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

  it('leaves the tables alone where the context names restored ones, and needs all three names', () => {
    const restored = {
      tableName: 'restored',
      tableStreamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/restored/stream/2026',
      historyTableName: 'restored-history',
    };
    const { Resources } = synthesized(restored);
    expect(Object.values(Resources).map(({ Type }) => Type)).not.toContain('AWS::DynamoDB::Table');
    expect(JSON.stringify(Resources)).toContain('table/restored/index/updates');
    expect(() => synthesized({ tableName: 'restored' })).toThrow('all of tableName');
  });

  function synthesized(context: Record<string, unknown>): Template {
    const app = new App({ outdir: join(folder, crypto.randomUUID()), context });
    const stack = new AppointmentsStack(app, 'Appointments');
    return app.synth().getStackArtifact(stack.artifactId).template;
  }
});
