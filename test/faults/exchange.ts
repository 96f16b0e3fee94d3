import type { IncomingHttpHeaders } from 'node:http';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** An UpdateItem as the SDK sends it. The type has only the members that the faults read. */
export type UpdateItem = {
  readonly Key: { readonly appointment_key: { readonly S: string } };
  readonly UpdateExpression: string;
  readonly ConditionExpression?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
  readonly ExpressionAttributeValues: Readonly<Record<string, AttributeValue>>;
};

export type DatabaseResponse = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

/** One attempt of a write on its way through the proxy, and what a fault can do with it. */
export type Exchange = {
  readonly update: UpdateItem;
  /** 1 for the first attempt of this write. */
  readonly attempt: number;
  /** Forwards the request, or another one instead, to DynamoDB, which then executes it whatever the client receives. */
  readonly forward: (instead?: UpdateItem) => Promise<DatabaseResponse>;
  readonly respond: (response: DatabaseResponse) => void;
  /** Sends the headers and half of the body. */
  readonly respondHalf: (response: DatabaseResponse) => Promise<void>;
  /** Sends a space per second and then the body, which takes far longer than any call may take. */
  readonly respondSlowly: (response: DatabaseResponse) => Promise<void>;
  /** Ends the connection with a reset. */
  readonly reset: () => void;
};

/** What happens to one attempt. */
export type Fault = (exchange: Exchange) => void | Promise<void>;

/** A fake response of DynamoDB. */
export function fakeResponse(status: number, body: string): DatabaseResponse {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'MADE-BY-THE-FAULT-PROXY' };
  return { status, headers, body: Buffer.from(body) };
}
