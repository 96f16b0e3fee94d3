import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import type { Caller } from '../appointment/caller.ts';
import type { HttpResponse } from './http-response.ts';

/** A route key as API Gateway writes it: `PUT /appointments/v1/{id}/{version}`. */
export type RouteKey = `${'GET' | 'PUT' | 'POST' | 'DELETE'} /${string}`;

/** The query parameter of each route that has one. No route has two. */
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

/** What the route with this key receives: its path and query parameters, the Idempotency-Key if it writes, the body if it is a PUT or a POST. */
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

/** What the steps before the body read from the event. Middy stores it in `request.internal`, for one request. */
export type Received = {
  -readonly [Name in 'caller' | 'id' | 'version' | 'idempotencyKey' | QueryParameter]: RouteRequest[Name];
};

/** One `before` step of the Middy chain. It reads a part of the event, or returns a response, which ends the request. */
export type Step = (request: { readonly event: GatewayEvent; readonly internal: Received }) => HttpResponse | undefined;
