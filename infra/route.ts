import type { HttpRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';

/** A route of the API, by its key (`PUT /appointments/v1/{id}/{version}`), with its function. */
export type Route = { readonly key: string; readonly fn: IFunction; readonly built: readonly HttpRoute[] };
