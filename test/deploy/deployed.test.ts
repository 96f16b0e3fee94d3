import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { DynamoDBClient, GetItemCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { anAppointment } from '../support/an-appointment.ts';
import {
  authUrl,
  call,
  created,
  credentialsOf,
  organizationOf,
  type Reply,
  sdk,
  send,
  tokenOf,
} from '../support/api.ts';
import { violationOf } from '../support/documented.ts';
import { anItem } from '../support/table.ts';

describe('the deployed service', () => {
  it('works with the vendor’s unmodified SDK and a token from Cognito', async () => {
    const client = sdk('acme').preEncounter.appointments.v1;
    const { id } = await created(anAppointment());
    expect(await client.get(id)).toMatchObject({
      ok: true,
      body: { version: 1, organizationId: organizationOf('acme') },
    });
    expect(await client.deactivate(id, '1')).toMatchObject({ ok: true });
    expect(await client.getHistory(id)).toMatchObject({ ok: true, body: [{ version: 1 }, { version: 2 }] });
  });

  it('lets exactly one of fifty concurrent writers of version 2 win, if each retries a 503', async () => {
    const { id } = await created(anAppointment());
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, n) => {
        const headers = { 'idempotency-key': randomUUID() };
        return untilDefinite(() => call('PUT', `/${id}/2`, { body: anAppointment({ notes: `writer ${n}` }), headers }));
      }),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(49);
  });

  it('returns the same success to a hundred concurrent retries of one update, and writes one version', async () => {
    const { id } = await created(anAppointment());
    const request = { body: anAppointment(), headers: { 'idempotency-key': randomUUID() } };
    const replies = await Promise.all(
      Array.from({ length: 100 }, () => untilDefinite(() => call('PUT', `/${id}/2`, request))),
    );
    for (const { status, json } of replies) expect({ status, json }).toEqual({ status: 200, json: replies[0]?.json });
    expect((await call('GET', `/${id}`)).json.version).toBe(2);
  });

  it('returns 409 with the latest version to a late writer and to an early one', async () => {
    const { id } = await created(anAppointment());
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    for (const version of [1, 2, 4]) {
      const { status, json } = await call('PUT', `/${id}/${version}`, { body: anAppointment() });
      expect(status).toBe(409);
      expect(json).toMatchObject({ errorName: 'VersionConflictError', content: { latest_version: 2 } });
    }
  });

  it('returns every violation at once', async () => {
    const { id } = await created(anAppointment());
    const { status, json } = await call('PUT', `/${id}/2`, {
      body: anAppointment({ status: 'NOT_READY', service_duration: -1 }),
    });
    expect(status).toBe(422);
    expect(json.content.data).toMatchObject([{ path: '/service_duration' }, { rule: 'not_ready_needs_work_queue' }]);
  });

  it('returns a change in scan, with a link to the next page', async () => {
    const since = new Date(Date.now() - 1_000).toISOString();
    const { id } = await created(anAppointment());
    const { status, headers, json } = await call('GET', `/updates/scan?since=${since}`);
    expect(status).toBe(200);
    expect(json.map((each: { id: string }) => each.id)).toContain(id);
    expect(headers.get('link')).toMatch(/\?since=[^>]+>; rel="next"$/);
  });

  it('returns 401 without a valid token, and 403 to a write with the scope to read', async () => {
    const { id } = await created(anAppointment());
    const token = await tokenOf('viewer');
    expect((await call('GET', `/${id}`, { token: 'no.good.token' })).status).toBe(401);
    expect((await call('GET', `/${id}`, { token })).json).toMatchObject({ organization_id: organizationOf('acme') });
    expect((await call('PUT', `/${id}/2`, { token, body: anAppointment() })).status).toBe(403);
  });

  it('keeps organizations apart; a client without an organization gets its own', async () => {
    const { id } = await created(anAppointment());
    const token = await tokenOf('globex');
    const own = await call('POST', '', { token, body: anAppointment() });
    expect(own.json.organization_id).toBe(`client:${credentialsOf('globex').id}`);
    expect((await call('GET', `/${id}`, { token })).status).toBe(404);
    expect((await call('PUT', `/${id}/2`, { token, body: anAppointment() })).status).toBe(404);
  });
});

describe('the deployed history', () => {
  it('gets the failed records in the bucket from npm run replay, once', async () => {
    const outputs: { FailedRecordsBucket: string; RecordHistoryFunction: string } = JSON.parse(
      process.env.OUTPUTS ?? '{}',
    );
    const id = randomUUID();
    const NewImage = marshall(anItem({ id, version: 3 }));
    const s3 = new S3Client({ forcePathStyle: true });
    const failed = {
      // As Lambda writes it: the reason, and the event as text.
      requestContext: { condition: 'MaximumRecordAgeExceeded', approximateInvokeCount: 9 },
      payload: JSON.stringify({ Records: [{ dynamodb: { SequenceNumber: '1', NewImage } }] }),
    };
    const object = { Bucket: outputs.FailedRecordsBucket, Key: 'aws/lambda/mapping/shard/2026/11/22/record' };
    await s3.send(new PutObjectCommand({ ...object, Body: JSON.stringify(failed) }));
    const replay = () =>
      promisify(execFile)(process.execPath, [
        'infra/operate/replay-failed-records.ts',
        outputs.FailedRecordsBucket,
        outputs.RecordHistoryFunction,
      ]);
    expect((await replay()).stdout).toContain('1 replayed, 0 failed');
    expect((await replay()).stdout).toContain('0 replayed, 0 failed');
    const dynamodb = new DynamoDBClient();
    const { TableNames = [] } = await dynamodb.send(new ListTablesCommand());
    const { Item } = await dynamodb.send(
      new GetItemCommand({
        TableName: TableNames.find((name) => name.includes('History')),
        Key: marshall({ appointment_key: `${id}#acme`, version: 3 }),
      }),
    );
    expect(Item).toEqual(NewImage);
  });
});

describe('the deployed change events', () => {
  it('reach a queue through a rule for one organization', async () => {
    const { EventBus: EventBusName }: { EventBus?: string } = JSON.parse(process.env.OUTPUTS ?? '{}');
    const [events, sqs] = [new EventBridgeClient(), new SQSClient()];
    const name = `acme-${randomUUID()}`;
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const queue = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    const EventPattern = JSON.stringify({ source: ['appointments'], detail: { organization_id: ['acme'] } });
    await events.send(new PutRuleCommand({ Name: name, EventBusName, EventPattern }));
    const Targets = [{ Id: 'queue', Arn: queue.Attributes?.QueueArn }];
    await events.send(new PutTargetsCommand({ Rule: name, EventBusName, Targets }));

    const other = await call('POST', '', { token: await tokenOf('globex'), body: anAppointment() });
    const { id } = await created(anAppointment());
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    await call('DELETE', `/${id}/2`);

    const received = new Map<string, unknown>();
    while (received.size < 3) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
      );
      for (const { Body = '' } of Messages) {
        const event = JSON.parse(Body);
        expect(violationOf({ $ref: '#/components/schemas/ChangeEvent' }, event)).toBeUndefined();
        expect(event.detail.appointment_id).not.toBe(other.json.id);
        if (event.detail.appointment_id === id) received.set(event.detail.version, event['detail-type']);
      }
    }
    expect(Object.fromEntries(received)).toEqual({
      1: 'AppointmentCreated',
      2: 'AppointmentUpdated',
      3: 'AppointmentDeactivated',
    });
  });
});

describe('the deployed token route', () => {
  it('accepts JSON, a form and HTTP Basic', async () => {
    const { id, secret } = credentialsOf('acme');
    const form = new URLSearchParams({ client_id: id, client_secret: secret }).toString();
    const replies = [
      await requestToken({ client_id: id, client_secret: secret }),
      await requestToken(form, 'application/x-www-form-urlencoded'),
      await send('POST', `${authUrl()}/api/auth/v2/token`, { headers: { authorization: basic(id, secret) } }),
    ];
    for (const { status, headers, json } of replies) {
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(json).toEqual({
        access_token: expect.any(String),
        expires_in: expect.any(Number),
        token_type: 'Bearer',
      });
    }
  });

  it('returns different errors for wrong credentials, content type, fields and grant type', async () => {
    const { id } = credentialsOf('acme');
    const wrong = await requestToken({ client_id: id, client_secret: 'wrong' });
    expect([wrong.status, wrong.json.errorName]).toEqual([401, 'UnauthorizedError']);
    const type = await requestToken('client_id', 'text/plain');
    expect([type.status, type.json.errorName]).toEqual([415, 'InvalidContentTypeError']);
    expect((await requestToken({ client_id: id })).status).toBe(422);
    expect((await requestToken({ client_id: id, client_secret: 'x', grant_type: 'password' })).status).toBe(400);
  });

  it.each([
    ['a client_id that Cognito rejects as malformed', 'no such client!', 'x'],
    ['a client_id of 1,024 characters', 'a'.repeat(1_024), 'x'],
    ['a letter beyond ASCII', 'clé', 'x'],
    ['a quote and a semicolon', "';--", '<x>'],
  ])('returns 401 for malformed credentials: %s', async (_, client_id, client_secret) => {
    expect((await requestToken({ client_id, client_secret })).status).toBe(401);
    const authorization = basic(client_id, client_secret);
    expect((await send('POST', `${authUrl()}/api/auth/v2/token`, { headers: { authorization } })).status).toBe(401);
  });
});

describe('the deployed Cognito', () => {
  it('gives no token to a client that does not request the scope of its organization', async () => {
    const { id, secret } = credentialsOf('acme');
    const requestWithScope = (scope: string) =>
      send('POST', `${process.env.AWS_ENDPOINT_URL}/oauth2/token`, {
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: id,
          client_secret: secret,
          scope,
        }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    expect((await requestWithScope('appointments/read organization/acme')).status).toBe(200);
    expect((await requestWithScope('appointments/read organization/globex')).status).not.toBe(200);
    expect((await requestWithScope('appointments/read')).status).not.toBe(200);
  });
});

function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;
}

/** Retries while the outcome is unknown (503). The Idempotency-Key makes a retry safe. */
async function untilDefinite(write: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    const reply = await write();
    if (reply.status !== 503) return reply;
  }
}

function requestToken(body: unknown, type = 'application/json'): Promise<Reply> {
  return send('POST', `${authUrl()}/api/auth/v2/token`, { body, headers: { 'content-type': type } });
}
