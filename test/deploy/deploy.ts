import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Credentials } from '../support/api.ts';
import { say } from '../support/progress.ts';
import { rejectedByEmulator } from './differences.ts';
import type { Emulator } from './emulator.ts';

/** A deployed stack: its API, and its clients under the names that they have in the local stack. */
export type Deployed = {
  readonly apiUrl: string;
  readonly clients: Readonly<Record<string, Credentials>>;
  readonly outputs: Readonly<Record<string, string>>;
};

/** The named clients. The tests also use the stack's own client, as `globex`: each of the two has its own organization. */
const clients = {
  acme: { organization: 'acme', scope: 'read-write' },
  viewer: { organization: 'acme', scope: 'read' },
};

const assembly = 'cdk.out/emulator';
const outputsFile = `${assembly}/outputs.json`;

/** Runs `cdk bootstrap` and `cdk deploy` as an operator does, against the emulator, without the resources that the emulator rejects. */
export async function deploy({ url, environment }: Emulator): Promise<Deployed> {
  await cdk(environment, 'bootstrap', 'aws://000000000000/us-east-1');
  await cdk(
    environment,
    ...['synth', '--quiet', '--output', assembly],
    // The tokenUrl, because Cognito's domain does not lead to the emulator.
    ...['-c', `tokenUrl=${url}/oauth2/token`, '-c', `clients=${JSON.stringify(clients)}`, '-c', 'events=true'],
  );
  await removeRejected(`${assembly}/Appointments.template.json`);
  await cdk(
    environment,
    ...['deploy', '--app', assembly, '--require-approval', 'never', '--outputs-file', outputsFile],
  );
  const { Appointments: outputs = {} }: { Appointments?: Record<string, string> } = JSON.parse(
    await readFile(outputsFile, 'utf8'),
  );
  const { ApiUrl = '', UserPoolId = '', ClientId, ClientIdAcme, ClientIdViewer } = outputs;
  const [apiId] = new URL(ApiUrl).hostname.split('.');
  const secretOf = async (ClientId: string | undefined): Promise<Credentials> => ({
    id: ClientId ?? '',
    secret: await clientSecret(environment, UserPoolId, ClientId),
  });
  return {
    apiUrl: `${url}/_aws/execute-api/${apiId}/$default`,
    clients: {
      globex: await secretOf(ClientId),
      acme: await secretOf(ClientIdAcme),
      viewer: await secretOf(ClientIdViewer),
    },
    outputs,
  };
}

async function removeRejected(templateFile: string): Promise<void> {
  const template: { Resources: Record<string, { Type: string; Properties: object }> } = JSON.parse(
    await readFile(templateFile, 'utf8'),
  );
  for (const { type, property, reason } of rejectedByEmulator) {
    for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
      if (Type !== type || !(property in Properties)) continue;
      say(`removed ${id} from the template: ${reason}`);
      delete template.Resources[id];
    }
  }
  await writeFile(templateFile, JSON.stringify(template));
}

async function cdk(environment: Readonly<Record<string, string>>, ...args: string[]): Promise<void> {
  say(`cdk ${args.join(' ')}`);
  const child = spawn('node_modules/.bin/cdk', [...args, '--progress', 'events', '--ci'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment, PATH: `node_modules/.bin:${process.env.PATH}` },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`cdk ${args[0]} failed with exit code ${code}:\n${output}`);
}

async function clientSecret(
  environment: Readonly<Record<string, string>>,
  UserPoolId: string,
  ClientId: string | undefined,
): Promise<string> {
  const cognito = new CognitoIdentityProviderClient({
    region: environment.AWS_REGION ?? '',
    endpoint: environment.AWS_ENDPOINT_URL ?? '',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { UserPoolClient } = await cognito.send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }));
  return UserPoolClient?.ClientSecret ?? '';
}
