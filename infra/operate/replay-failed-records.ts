import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { commandLine, refuse } from '../command-line.ts';

const help = `npm run replay -- BUCKET FUNCTION

Calls the function again with the failed records in the bucket, as the stream did. Deletes an object from the bucket when the
function has processed all of its records. It is safe to run it twice: the history stores the same item again, and an event
may arrive twice.

  BUCKET     the stack's output FailedRecordsBucket, or FailedEventsBucket
  FUNCTION   the stack's output RecordHistoryFunction, or PublishChangesFunction`;

const { positionals } = commandLine(help, { allowPositionals: true });
const [bucket, functionName] = positionals;
if (!bucket || !functionName || positionals.length > 2)
  refuse(help, 'replay needs the names of a bucket and a function');

// Path style, because an emulator has no host name for each bucket.
const s3 = new S3Client({ forcePathStyle: true });
const lambda = new LambdaClient();

try {
  process.exitCode = (await replayAll()) > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? `The bucket ${bucket} cannot be read: ${error.message}` : error);
  process.exitCode = 1;
}

/** Replays every object in the bucket, and returns how many failed. */
async function replayAll(): Promise<number> {
  let replayed = 0;
  let failed = 0;
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
    for (const { Key } of Contents) {
      // Only the error's name: the message of a SyntaxError quotes the object.
      const problem = await replay(Key).catch(({ name }: Error) => `not replayed: ${name}`);
      if (problem === undefined) replayed += 1;
      else failed += 1;
      console.log(`${Key}: ${problem ?? 'replayed'}`);
    }
  }
  console.log(`${replayed} replayed, ${failed} failed`);
  return failed;
}

/** Replays an object and deletes it. Returns the problem, if there is one, without the records: they may contain patient data. */
async function replay(Key: string | undefined): Promise<string | undefined> {
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
  const { payload }: { payload?: unknown } = JSON.parse((await object.Body?.transformToString()) ?? '{}');
  if (payload === undefined) return 'not replayed: the object has no payload';
  // Lambda writes the payload as text or as JSON.
  const event = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const result = await lambda.send(new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(event) }));
  if (result.FunctionError) return `the function failed (${result.FunctionError}): see its log`;
  const { batchItemFailures = [] }: { batchItemFailures?: unknown[] } = JSON.parse(
    result.Payload?.transformToString() ?? '{}',
  );
  if (batchItemFailures.length > 0) return `${batchItemFailures.length} records failed again: see the function's log`;
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  return undefined;
}
