import type { IncomingHttpHeaders } from 'node:http';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** An UpdateItem as the SDK sends it, as far as the faults look at it. */
export type UpdateItem = {
  readonly Key: { readonly appointment_key: { readonly S: string } };
  readonly UpdateExpression: string;
  readonly ConditionExpression?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
  readonly ExpressionAttributeValues: Readonly<Record<string, AttributeValue>>;
};

export type Reply = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

/** One attempt of a write on its way through the proxy, and what can become of it. */
export type Exchange = {
  readonly update: UpdateItem;
  /** 1 for the first attempt of this write. */
  readonly attempt: number;
  /** Hands the request, or another in its place, to DynamoDB: from here on it is carried out whatever the client hears. */
  readonly forward: (instead?: UpdateItem) => Promise<Reply>;
  readonly answer: (reply: Reply) => void;
  /** Half of the answer, under the headers of the whole. */
  readonly respondHalf: (reply: Reply) => Promise<void>;
  /** The answer with a space in front of it for each second, far longer than any call may take. */
  readonly respondInDrops: (reply: Reply) => Promise<void>;
  /** Ends the connection with a reset. */
  readonly reset: () => void;
};

/** What happens to one attempt. */
export type Fault = (exchange: Exchange) => void | Promise<void>;

/** An answer of DynamoDB's that DynamoDB never gave. */
export function made(status: number, body: string): Reply {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'MADE-BY-THE-FAULT-PROXY' };
  return { status, headers, body: Buffer.from(body) };
}
