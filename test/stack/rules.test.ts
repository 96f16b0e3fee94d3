import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, type NagPack } from 'cdk-nag';
import { AppointmentsStack } from '../../infra/appointments-stack.ts';
import type { Settings } from '../../infra/stack/settings.ts';
import { pythonPackages } from '../support/python-packages.ts';
import { exceptions, lintExceptions } from './exceptions.ts';

type Finding = { readonly rule: string; readonly path: string };

const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:111122223333:${resource}`;
const uuid = '12345678-1234-1234-1234-123456789012';

/** Together, these settings produce every resource that the stack can have. */
const deployments: readonly Settings[] = [
  { clients: { acme: { organization: 'acme', scope: 'read-write' } }, events: true },
  {
    issuer: 'https://issuer.example/',
    audience: 'aud',
    tokenUrl: 'https://issuer.example/token',
    domainName: 'appointments.example.com',
    certificateArn: arn('acm', `certificate/${uuid}`),
    encryptionKeyArn: arn('kms', `key/${uuid}`),
    terminationProtection: true,
  },
  {
    tableName: 'appointments-2',
    tableStreamArn: arn('dynamodb', 'table/appointments-2/stream/2026-11-22T12:00:00.000'),
    historyTableName: 'history-2',
  },
];

describe('the stack', () => {
  let outdir: string;
  let templates: readonly string[];
  let findings: readonly Finding[];

  beforeAll(async () => {
    outdir = await mkdtemp(join(tmpdir(), 'appointments-rules-'));
    const app = new App({ outdir });
    const stacks = deployments.map((settings, n) => new AppointmentsStack(app, `Appointments-${n}`, settings));
    const assembly = app.synth();
    templates = stacks.map((stack) => join(outdir, `${stack.stackName}.linted.json`));
    for (const [n, stack] of stacks.entries()) {
      await writeFile(templates[n] ?? '', JSON.stringify(assembly.getStackArtifact(stack.artifactId).template));
    }
    findings = stacks.flatMap((stack) =>
      [new AwsSolutionsChecks(), new HIPAASecurityChecks()].flatMap((pack) => findingsOf(pack, stack)),
    );
  });

  afterAll(() => rm(outdir, { recursive: true }));

  it('follows the rules of AwsSolutions and HIPAA Security, except for the exceptions in the table', () => {
    expect(findings.length).toBeGreaterThan(0);
    expect(
      findings.filter((finding) => !exceptions.some(({ rule, of }) => rule === finding.rule && of.test(finding.path))),
    ).toEqual([]);
  });

  it('needs every exception in the table', () => {
    const needed = (exception: (typeof exceptions)[number]) =>
      findings.some(({ rule, path }) => rule === exception.rule && exception.of.test(path));
    expect(exceptions.filter((exception) => !needed(exception))).toEqual([]);
  });

  it('passes cfn-lint', async () => {
    const bin = await pythonPackages('cfn-lint', ['cfn-lint==1.51.0']);
    const ignored = lintExceptions.flatMap(({ rule }) => ['--ignore-checks', rule]);
    const linted = promisify(execFile)(`${bin}/cfn-lint`, [...ignored, '--format', 'parseable', '--', ...templates]);
    // With findings, cfn-lint prints them and exits with a code other than 0.
    const { stdout } = await linted.catch((failed: { stdout: string }) => failed);
    expect(stdout).toBe('');
  }, 300_000);

  function findingsOf(pack: NagPack, stack: AppointmentsStack): Finding[] {
    return pack
      .validateScope(stack)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => ({ rule: ruleName, path: constructPath ?? '' })),
      );
  }
});
