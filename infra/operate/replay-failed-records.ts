import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { commandLine, refuse } from '../command-line.ts';

const help = `npm run replay -- BUCKET FUNCTION

Gives the records in the bucket to the function once more, as the stream did, and deletes an object once all of its records
are processed. Running it again loses nothing: a version is the same item however often it is put.

  BUCKET     the stack's output FailedRecordsBucket, or FailedEventsBucket
  FUNCTION   the stack's output RecordHistoryFunction, or PublishChangesFunction`;

const { positionals } = commandLine(help, { allowPositionals: true });
const [bucket, functionName] = positionals;
if (!bucket || !functionName || positionals.length > 2) refuse(help, 'replay needs a bucket and a function');

// Path style: a bucket of the emulator has no host name of its own.
const s3 = new S3Client({ forcePathStyle: true });
const lambda = new LambdaClient();

let replayed = 0;
let failed = 0;
for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
  for (const { Key } of Contents) {
    const failure = await replay(Key);
    if (failure === undefined) replayed += 1;
    else failed += 1;
    console.log(`${Key}: ${failure ?? 'replayed'}`);
  }
}
console.log(`${replayed} replayed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** Replays an object and deletes it; else why not. What the function was given may be a patient's: it is not printed. */
async function replay(Key: string | undefined): Promise<string | undefined> {
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
  const { payload }: { payload?: unknown } = JSON.parse((await object.Body?.transformToString()) ?? '{}');
  if (payload === undefined) return 'has no payload';
  // Lambda writes the event as text, or as JSON.
  const event = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const answer = await lambda.send(new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(event) }));
  if (answer.FunctionError) return `the function failed: ${answer.FunctionError}`;
  const { batchItemFailures = [] }: { batchItemFailures?: unknown[] } = JSON.parse(
    answer.Payload?.transformToString() ?? '{}',
  );
  if (batchItemFailures.length > 0) return `${batchItemFailures.length} records failed again: see the function's log`;
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  return undefined;
}
