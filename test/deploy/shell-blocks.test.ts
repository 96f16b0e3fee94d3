import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anAppointment } from '../support/an-appointment.ts';
import { created } from '../support/api.ts';
import { awsCli } from '../support/aws-cli.ts';
import { paste, shellBlocks, shells } from '../support/shell.ts';

describe.each(shells)('the AWS CLI blocks of the documents, pasted into %s', (...shell) => {
  const { API_URL = '', OUTPUTS = '{}' } = process.env;
  const outputs: Readonly<Record<string, string>> = JSON.parse(OUTPUTS);
  let cli: Awaited<ReturnType<typeof awsCli>>;

  beforeAll(async () => {
    cli = await awsCli(process.env.AWS_ENDPOINT_URL ?? '');
  });

  afterAll(() => rmSync(cli.folder, { recursive: true }));

  it('request a token, create an appointment, and run the demo', () => {
    const [, quickStart] = blocks('README.md', 'In your AWS account');
    // Its host name leads to AWS, not to the emulator.
    const text = quickStart?.replace('API=$(output ApiUrl)', `API='${API_URL}'`);
    const output = run(text, ...blocks('infra/README.md', 'Deploy'));
    expect(output).toMatch(/^\{"patient_id":.*"version":1,/m);
    expect(output).toContain('All checks passed');
  });

  it('print the outputs', () => {
    expect(run(...blocks('infra/README.md', 'Outputs'))).toContain(outputs.AppointmentsTable);
  });

  it('send the change events of one organization to a queue, and to an HTTP endpoint', async () => {
    const name = `${shell[0]}-acme`;
    const texts = blocks('infra/README.md', 'Send events to a queue or an HTTP endpoint');
    run(...texts.map((text) => text.replaceAll('acme-appointments', name).replaceAll('acme-webhook', `${name}-http`)));

    const { id } = await created(anAppointment());
    const queue = aws('sqs', 'get-queue-url', '--queue-name', name).QueueUrl;
    const received = aws('sqs', 'receive-message', '--queue-url', queue, '--wait-time-seconds', '20');
    expect(JSON.parse(received.Messages[0].Body)).toMatchObject({
      'detail-type': 'AppointmentCreated',
      detail: { organization_id: 'acme', appointment_id: id },
    });
    const bus = outputs.EventBus ?? '';
    const { Targets } = aws('events', 'list-targets-by-rule', '--event-bus-name', bus, '--rule', `${name}-http`);
    expect(Targets).toEqual([
      { Id: 'webhook', Arn: expect.stringContaining(':api-destination/'), RoleArn: expect.stringContaining(':role/') },
    ]);
  });

  it('subscribe to the alarms, and test them', () => {
    run(...blocks('infra/README.md', 'Operate'), ...blocks('infra/README.md', 'Test the alarms'));
    const { Subscriptions } = aws('sns', 'list-subscriptions-by-topic', '--topic-arn', outputs.AlarmTopicArn ?? '');
    expect(Subscriptions[0]).toMatchObject({ Protocol: 'email', Endpoint: 'you@example.com' });
    const { MetricAlarms } = aws('cloudwatch', 'describe-alarms');
    expect(MetricAlarms.length).toBeGreaterThan(5);
    for (const { StateValue } of MetricAlarms) expect(StateValue).toBe('ALARM');
  });

  it('replay the failed records of the history and of the change events', () => {
    const output = run(...blocks('infra/README.md', 'Replay failed records'));
    expect(output.match(/^0 replayed, 0 failed/gm)).toHaveLength(2);
  });

  function blocks(document: string, heading: string): string[] {
    return shellBlocks(document).flatMap((block) => (block.heading === heading ? [block.text] : []));
  }

  /** Pastes the texts into one shell. An operator replaces an output's name, such as ALARM_TOPIC_ARN, with its value. */
  function run(...texts: readonly (string | undefined)[]): string {
    const values = Object.entries(outputs).map(([name, value]) => [
      name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase(),
      value,
    ]);
    const text = values.reduce(
      (before, [name = '', value = '']) => before.replaceAll(new RegExp(`(?<![\\w$])${name}(?![\\w=])`, 'g'), value),
      texts.join('\n'),
    );
    return paste(shell, text, cli.environment);
  }

  // biome-ignore lint/suspicious/noExplicitAny: each test checks the shape that it expects
  function aws(...args: readonly string[]): any {
    return JSON.parse(execFileSync('aws', [...args, '--output', 'json'], { env: cli.environment, encoding: 'utf8' }));
  }
});
