import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import type { Caller } from '../appointment/caller.ts';
import type { HttpResponse } from './http-response.ts';

/** A route of the API, as the stack names it: `PUT /appointments/v1/{id}/{version}`. */
export type RouteKey = `${'GET' | 'PUT' | 'POST' | 'DELETE'} /${string}`;

/** The query parameter of each route that has one. */
export const queryParameters = {
  'GET /appointments/v1/updates/scan': 'since',
  'DELETE /appointments/v1/{id}/{version}': 'cancellation_reason',
} as const satisfies { readonly [Key in RouteKey]?: string };

export type QueryParameter = (typeof queryParameters)[keyof typeof queryParameters];

/** Everything that a route can receive. */
export type RouteRequest = {
  readonly caller: Caller;
  /** A UUID in lower case. */
  readonly id: string;
  readonly version: number;
  readonly idempotencyKey: string | undefined;
  readonly path: string;
  /** The parsed JSON. */
  readonly body: unknown;
} & { readonly [Name in QueryParameter]: string | undefined };

/** What the route of this key receives: the parameters of its path and query, an Idempotency-Key if it writes, a body on PUT and POST. */
export type RequestOf<Key extends RouteKey> = Pick<RouteRequest, NameOf<Key>>;

type NameOf<Key extends RouteKey> =
  | ('caller' | 'path')
  | (Key extends keyof typeof queryParameters ? (typeof queryParameters)[Key] : never)
  | (Key extends `${string}/{id}${string}` ? 'id' : never)
  | (Key extends `${string}/{version}${string}` ? 'version' : never)
  | (Key extends `GET ${string}` ? never : 'idempotencyKey')
  | (Key extends `${'PUT' | 'POST'} ${string}` ? 'body' : never);

/** API Gateway's event: payload format 2.0. */
export type GatewayEvent = APIGatewayProxyEventV2WithJWTAuthorizer;

/** What the steps before the body have read from the event. Middy keeps it for one request, in `request.internal`. */
export type Received = {
  -readonly [Name in 'caller' | 'id' | 'version' | 'idempotencyKey' | QueryParameter]: RouteRequest[Name];
};

/** One `before` step of the Middy chain: reads a part of the event, or ends the request with a response. */
export type Step = (request: { readonly event: GatewayEvent; readonly internal: Received }) => HttpResponse | undefined;
