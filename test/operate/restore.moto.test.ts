import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { AppointmentsStack } from '../../infra/appointments-stack.ts';
import { type RestoredTables, restoreTables } from '../../infra/operate/restore-tables.ts';
import { readSettings } from '../../infra/stack/settings.ts';
import { partsOf } from '../../lambda/store/keys.ts';
import { awsCli } from '../support/aws-cli.ts';
import { paste, shellBlocks, shells } from '../support/shell.ts';
import { anItem } from '../support/table.ts';
import { startMoto } from './moto.ts';
import { type OnCall, testOperator } from './operator.ts';

const time = new Date('2026-11-22T12:00:00Z');
const start = new Date('2026-11-22T13:00:00Z');

/** moto returns the same fixed time as the earliest and the latest restorable time. This makes every time restorable. */
const anyTimeRestorable: OnCall = async (name, _, next) => {
  const output = await next();
  if (name !== 'DescribeContinuousBackups') return output;
  const { ContinuousBackupsDescription: description } = Object(output);
  const limits = {
    EarliestRestorableDateTime: new Date(0),
    LatestRestorableDateTime: new Date('2100-01-01T00:00:00Z'),
  };
  Object.assign(description.PointInTimeRecoveryDescription, limits);
  return output;
};

describe('npm run restore, on moto', () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let template: string;
  let cli: Awaited<ReturnType<typeof awsCli>>;
  const appointments = ['a', 'b', 'c'].map(() => randomUUID());
  const [updated = '', created = '', uncreated = ''] = appointments;

  beforeAll(async () => {
    [moto, template] = await Promise.all([startMoto(), templateBody()]);
    cli = await awsCli(moto.url);
    // Lambda without containers: the test calls no function.
    await fetch(`${moto.url}/moto-api/config`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ lambda: { use_docker: false } }),
    });
  });

  afterAll(async () => {
    await moto.stop();
    await rm(cli.folder, { recursive: true });
  });

  it('restores both tables without the undone versions, and does not change the old tables', async () => {
    const stack = await deployedStack();
    const operator = testOperator(moto.url, start, anyTimeRestorable);
    const restored = await restoreTables({ stackName: stack.name, time, historyTime: undefined }, operator);
    await expectRestored(stack, restored);
    expect(operator.reported.join('\n')).toContain('Deleted 4 records');
    expect(await versionsIn(stack.outputs.HistoryTable)).toHaveLength(8);
  });

  it('continues after an interruption that follows any of its calls to AWS', async () => {
    const made = await callsOf(await deployedStack());
    expect(made).toBeGreaterThan(20);
    for (let end = 1; end < made; end += 1) {
      const stack = await deployedStack();
      let calls = 0;
      const interrupted = testOperator(moto.url, start, async (name, input, next) => {
        const output = await anyTimeRestorable(name, input, next);
        calls += 1;
        if (calls === end) throw new Error('interrupted');
        return output;
      });
      const request = { stackName: stack.name, time, historyTime: undefined };
      await expect(restoreTables(request, interrupted)).rejects.toThrow('interrupted');
      await expectRestored(stack, await restoreTables(request, testOperator(moto.url, start, anyTimeRestorable)));
    }
  });

  it('counts the versions that are missing in the restored history', async () => {
    const stack = await deployedStack();
    await put(stack.outputs.AppointmentsTable, [{ id: randomUUID(), version: 2 }]);
    const operator = testOperator(moto.url, start, anyTimeRestorable);
    const restored = await restoreTables({ stackName: stack.name, time, historyTime: undefined }, operator);
    expect(restored.missingVersions).toBe(2);
  });

  it('fails before it restores anything if the bucket of failed records is not empty', async () => {
    const stack = await deployedStack();
    const operator = testOperator(moto.url, start, anyTimeRestorable);
    await operator.s3.send(
      new PutObjectCommand({ Bucket: stack.outputs.FailedRecordsBucket, Key: 'record', Body: '{}' }),
    );
    const restore = restoreTables({ stackName: stack.name, time, historyTime: undefined }, operator);
    await expect(restore).rejects.toThrow(/not empty: run "npm run replay -- \S+ \S+", then this command again\.$/);
  });

  it.each([
    ['a --time in the future', { time: new Date('2026-11-22T13:00:01Z') }, 'is in the future'],
    ['a --history-time that is not later than --time', { historyTime: time }, 'must be later than --time'],
  ])('rejects %s before it stops any write', async (_, times, message) => {
    const stack = await deployedStack();
    const operator = testOperator(moto.url, start, anyTimeRestorable);
    const request = { stackName: stack.name, time, historyTime: undefined, ...times };
    await expect(restoreTables(request, operator)).rejects.toThrow(message);
    expect(operator.reported).toEqual([]);
  });

  it('is a command that continues after an interruption, and prints the settings and how to resume writes', async () => {
    const { name, outputs } = await deployedStack('Appointments-staging');
    const { dynamodb } = testOperator(moto.url, start, (_name, _input, next) => next());
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    const enable = { TableName: outputs.AppointmentsTable, PointInTimeRecoverySpecification };
    await dynamodb.send(new UpdateContinuousBackupsCommand(enable));
    const second = new Date(Math.ceil(Date.now() / 1_000) * 1_000);
    await sleep(1_000);
    // The stream had drained before the interruption: the command itself would wait for minutes.
    await restoreTables(
      { stackName: name, time: second, historyTime: undefined },
      testOperator(moto.url, new Date(), anyTimeRestorable),
    );
    const stamp = second.toISOString().replace('.000', '');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['infra/operate/restore.ts', '--stack', name, '--time', stamp],
      {
        env: {
          ...process.env,
          AWS_ENDPOINT_URL: moto.url,
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
        },
      },
    );
    const [, json = '{}'] = /(\{.*?\})/s.exec(stdout) ?? [];
    expect(readSettings(JSON.parse(json))).toMatchObject({
      outcome: 'valid',
      settings: { tableName: `${outputs.AppointmentsTable}-${stamp.replaceAll(/[-:]/g, '')}` },
    });
    expect(stdout).toContain('the environment staging in cdk.json');
    expect(stdout).toContain('npm run deploy -- -c environment=staging');
    for (const fn of outputs.WritingFunctions.split(' ')) {
      expect(stdout).toContain(`aws lambda delete-function-concurrency --function-name ${fn}\n`);
    }
  });

  it('prints its help, and rejects an invalid time with one sentence', async () => {
    const command = (...flags: string[]) =>
      promisify(execFile)(process.execPath, ['infra/operate/restore.ts', ...flags]);
    expect((await command('--help')).stdout).toContain('1. stops writes');
    for (const time of [[], ['--time', 'yesterday'], ['--time', '2026-02-30T12:00:00'], ['--time', '2026-11-22']]) {
      await expect(command(...time)).rejects.toMatchObject({
        code: 1,
        stdout: '',
        stderr:
          '--time must be a time in UTC, such as 2026-11-22T12:00:00Z: npm run restore -- --help lists the arguments.\n',
      });
    }
  });

  describe.each(shells)('by hand, with the blocks of infra/README.md in %s', (...shell) => {
    const texts = blocksByHand();
    const [[stop = '', drained = ''], restore, [resume = '']] = [
      texts.slice(0, 2),
      texts.slice(2, -1),
      texts.slice(-1),
    ];

    it('restores the same tables, and resumes the writes', async () => {
      const { outputs } = await deployedStack();
      const functions = outputs.WritingFunctions.split(' ');
      const forEachFunction = (text: string) => functions.map((name) => text.replaceAll('FUNCTION', name));
      const run = (...texts: string[]) => {
        const text = texts.join('\n').replaceAll(/\bTABLE\b/g, outputs.AppointmentsTable);
        return paste(shell, text.replaceAll(/\bHISTORY\b/g, outputs.HistoryTable), cli.environment);
      };
      const output = run(...forEachFunction(stop), drained, ...restore);
      await expectRestored(
        { name: '', outputs },
        {
          tableName: `${outputs.AppointmentsTable}-20261122T120000Z`,
          historyTableName: `${outputs.HistoryTable}-20261122T120000Z`,
          tableStreamArn: output.match(/arn:[^\s"]+\/stream\/[^\s"]+/g)?.at(-1) ?? '',
          writingFunctions: functions,
          missingVersions: 0,
        },
      );
      run(...forEachFunction(resume));
      for (const FunctionName of functions) {
        const { lambda } = testOperator(moto.url, start, (_name, _input, next) => next());
        expect(await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).not.toHaveProperty(
          'ReservedConcurrentExecutions',
        );
      }
    });

    it('deletes no history record if an appointment cannot be read', async () => {
      const { outputs } = await deployedStack();
      const prune = restore.find((text) => text.includes('delete-item')) ?? '';
      const text = prune
        .replaceAll('HISTORY-20261122T120000Z', outputs.HistoryTable)
        .replaceAll(/TABLE-\w+/g, 'missing');
      expect(text).toContain('--table-name missing');
      paste(shell, text, cli.environment);
      expect(await versionsIn(outputs.HistoryTable)).toHaveLength(8);
    });
  });

  type Stack = Awaited<ReturnType<typeof deployedStack>>;

  async function callsOf(stack: Stack): Promise<number> {
    let calls = 0;
    const operator = testOperator(moto.url, start, async (name, input, next) => {
      const output = await anyTimeRestorable(name, input, next);
      calls += 1;
      return output;
    });
    await restoreTables({ stackName: stack.name, time, historyTime: undefined }, operator);
    return calls;
  }

  async function expectRestored({ outputs }: Stack, restored: RestoredTables): Promise<void> {
    const { dynamodb, lambda } = testOperator(moto.url, start, (_name, _input, next) => next());
    const tables = await Promise.all(
      [restored.tableName, restored.historyTableName].map((TableName) =>
        dynamodb.send(new DescribeTableCommand({ TableName })),
      ),
    );
    const [table, historyTable] = tables.map(({ Table }) => Table);
    expect(restored).toEqual({
      tableName: `${outputs.AppointmentsTable}-20261122T120000Z`,
      tableStreamArn: table?.LatestStreamArn,
      historyTableName: `${outputs.HistoryTable}-20261122T120000Z`,
      writingFunctions: outputs.WritingFunctions.split(' '),
      missingVersions: 0,
    });
    expect(restored.tableStreamArn).toContain(`:table/${restored.tableName}/stream/`);
    expect(table?.StreamSpecification).toEqual({ StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' });
    for (const { DeletionProtectionEnabled, TableName } of [table ?? {}, historyTable ?? {}]) {
      expect(DeletionProtectionEnabled).toBe(true);
      const { ContinuousBackupsDescription } = await dynamodb.send(new DescribeContinuousBackupsCommand({ TableName }));
      expect(ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe('ENABLED');
    }
    expect(await versionsIn(restored.tableName)).toEqual([`${updated} 3`, `${created} 1`].sort());
    expect(await versionsIn(restored.historyTableName)).toEqual(
      [`${updated} 1`, `${updated} 2`, `${updated} 3`, `${created} 1`].sort(),
    );
    for (const FunctionName of restored.writingFunctions) {
      const { ReservedConcurrentExecutions } = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
      expect(ReservedConcurrentExecutions).toBe(0);
    }
  }

  /** A stack with the real template's tables. moto restores a table's current items, so the appointments already have their state at `time`. */
  async function deployedStack(name = `Appointments-${randomUUID()}`) {
    const { cloudformation } = testOperator(moto.url, start, (_name, _input, next) => next());
    await cloudformation.send(new CreateStackCommand({ StackName: name, TemplateBody: template }));
    const { Stacks: [stack] = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName: name }));
    const output = (key: string) => stack?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue ?? '';
    const outputs = {
      AppointmentsTable: output('AppointmentsTable'),
      HistoryTable: output('HistoryTable'),
      WritingFunctions: output('WritingFunctions'),
      FailedRecordsBucket: output('FailedRecordsBucket'),
    };
    await put(outputs.AppointmentsTable, [
      { id: updated, version: 3 },
      { id: created, version: 1 },
    ]);
    const history = [
      ...[1, 2, 3, 4, 5].map((version) => ({ id: updated, version })),
      { id: created, version: 1 },
      ...[1, 2].map((version) => ({ id: uncreated, version })),
    ];
    await put(outputs.HistoryTable, history);
    return { name, outputs };
  }

  async function put(table: string, items: readonly Record<string, unknown>[]): Promise<void> {
    const { dynamodb } = testOperator(moto.url, start, (_name, _input, next) => next());
    const requests = items.map((item) => ({ PutRequest: { Item: marshall(anItem(item)) } }));
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  }

  async function versionsIn(TableName: string): Promise<string[]> {
    const { dynamodb } = testOperator(moto.url, start, (_name, _input, next) => next());
    const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName }));
    return Items.map((item: Record<string, AttributeValue>) => unmarshall(item))
      .map(({ appointment_key, version }) => `${partsOf(appointment_key).id} ${version}`)
      .sort();
  }
});

function blocksByHand(): string[] {
  return shellBlocks('infra/README.md').flatMap(({ heading, text }) => (heading === 'Restore by hand' ? [text] : []));
}

type Template = { Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>; Outputs: object };

/** The parts of the real template that the command uses. moto does not support every resource and property. */
async function templateBody(): Promise<string> {
  const outdir = await mkdtemp(join(tmpdir(), 'appointments-restore-'));
  const app = new App({ outdir });
  const stack = new AppointmentsStack(app, 'Appointments', {});
  const { Resources, Outputs }: Template = app.synth().getStackArtifact(stack.artifactId).template;
  await rm(outdir, { recursive: true });
  const AssumeRolePolicyDocument = { Version: '2012-10-17', Statement: [] };
  const known = new Map([
    ['AWS::DynamoDB::Table', (properties: object) => properties],
    ['AWS::S3::Bucket', () => ({})],
    ['AWS::IAM::Role', () => ({ AssumeRolePolicyDocument })],
    ['AWS::Lambda::EventSourceMapping', (properties: object) => ({ ...properties, DestinationConfig: undefined })],
    [
      'AWS::Lambda::Function',
      ({ Role }: { Role?: unknown }) => ({
        Role,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Code: { ZipFile: 'exports.handler = () => {}' },
      }),
    ],
  ]);
  const resources = Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
    const properties = known.get(Type);
    return properties ? [[id, { Type, Properties: properties(Properties) }]] : [];
  });
  const read = [
    'AppointmentsTable',
    'HistoryTable',
    'WritingFunctions',
    'RecordHistoryFunction',
    'FailedRecordsBucket',
  ];
  const outputs = Object.entries(Outputs).filter(([name]) => read.includes(name));
  return JSON.stringify({ Resources: Object.fromEntries(resources), Outputs: Object.fromEntries(outputs) });
}
