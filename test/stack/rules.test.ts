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
import { pythonPackages } from '../deploy/python.ts';
import { exceptions, lintExceptions } from './exceptions.ts';

type Finding = { readonly rule: string; readonly path: string };

const settings: Settings = { clients: { acme: { organization: 'acme', scope: 'read-write' } } };

describe('the stack', () => {
  let outdir: string;
  let stack: AppointmentsStack;
  let template: string;
  let findings: readonly Finding[];

  beforeAll(async () => {
    outdir = await mkdtemp(join(tmpdir(), 'appointments-rules-'));
    const app = new App({ outdir });
    stack = new AppointmentsStack(app, 'Appointments', settings);
    template = join(outdir, 'linted.template.json');
    await writeFile(template, JSON.stringify(app.synth().getStackArtifact(stack.artifactId).template));
    findings = [new AwsSolutionsChecks(), new HIPAASecurityChecks()].flatMap((pack) => findingsOf(pack));
  });

  afterAll(() => rm(outdir, { recursive: true }));

  it('keeps the rules of AwsSolutions and HIPAA Security, but for the exceptions in the table', () => {
    expect(findings.length).toBeGreaterThan(0);
    expect(
      findings.filter((finding) => !exceptions.some(({ rule, of }) => rule === finding.rule && of.test(finding.path))),
    ).toEqual([]);
  });

  it('has no exception that nothing needs', () => {
    const needed = (exception: (typeof exceptions)[number]) =>
      findings.some(({ rule, path }) => rule === exception.rule && exception.of.test(path));
    expect(exceptions.filter((exception) => !needed(exception))).toEqual([]);
  });

  it('passes cfn-lint', async () => {
    const bin = await pythonPackages('cfn-lint', ['cfn-lint==1.51.0']);
    const ignored = lintExceptions.flatMap(({ rule }) => ['--ignore-checks', rule]);
    const linted = promisify(execFile)(`${bin}/cfn-lint`, [...ignored, '--format', 'parseable', '--', template]);
    // It prints what it finds, and ends with another code than 0.
    const { stdout } = await linted.catch((failed: { stdout: string }) => failed);
    expect(stdout).toBe('');
  }, 300_000);

  function findingsOf(pack: NagPack): Finding[] {
    return pack
      .validateScope(stack)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => ({ rule: ruleName, path: constructPath ?? '' })),
      );
  }
});
