import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { listen } from '../../infra/local/listen.ts';

describe('npm run replay', () => {
  it('continues after an object that it cannot read, and prints nothing of the object', async () => {
    const objects = new Map([
      ['empty', ''],
      ['malformed', 'Jane Doe'],
      ['valid', '{"payload":"{}"}'],
    ]);
    // A fake S3 and Lambda.
    const server = createServer(({ method, url = '' }, response) => {
      const { pathname } = new URL(url, 'http://localhost');
      const key = pathname.replace('/bucket', '').slice(1);
      if (method === 'DELETE') objects.delete(key);
      if (method === 'POST') response.end('{"batchItemFailures":[]}');
      else if (method === 'GET' && key === '')
        response.end(`<ListBucketResult>${contents(objects.keys())}</ListBucketResult>`);
      else response.end(objects.get(key));
    });
    const port = await listen(server);
    try {
      const env = {
        AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      };
      const command = ['infra/operate/replay-failed-records.ts', 'bucket', 'record-history'];
      await expect(promisify(execFile)(process.execPath, command, { env })).rejects.toMatchObject({
        code: 1,
        stdout:
          'empty: not replayed: SyntaxError\nmalformed: not replayed: SyntaxError\nvalid: replayed\n1 replayed, 2 failed\n',
        stderr: '',
      });
      expect([...objects.keys()]).toEqual(['empty', 'malformed']);
    } finally {
      server.close().closeAllConnections();
    }
  });
});

function contents(keys: Iterable<string>): string {
  return [...keys].map((key) => `<Contents><Key>${key}</Key></Contents>`).join('');
}
