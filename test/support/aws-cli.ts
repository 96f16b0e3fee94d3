import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pythonPackages } from './python-packages.ts';

/**
 * An environment in which `aws` calls the emulated AWS at this endpoint. `folder` must be deleted afterwards. The documents ask
 * for version 2 of the AWS CLI. PyPI has version 1, which does not read AWS_REGION, reads URLs, and finds SQS only with
 * `--endpoint-url`.
 */
export async function awsCli(endpoint: string): Promise<{ folder: string; environment: NodeJS.ProcessEnv }> {
  const bin = await pythonPackages('awscli', ['awscli==1.46.3']);
  const folder = mkdtempSync(join(tmpdir(), 'appointments-aws-'));
  writeFileSync(join(folder, 'config'), '[default]\nregion = us-east-1\ncli_follow_urlparam = false\n');
  const program = `#!/bin/sh\nexec ${resolve(bin)}/aws --endpoint-url ${endpoint} "$@"\n`;
  writeFileSync(join(folder, 'aws'), program, { mode: 0o755 });
  return {
    folder,
    environment: {
      ...process.env,
      PATH: `${folder}:${process.env.PATH}`,
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  };
}
