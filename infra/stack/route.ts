import {
  type HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  type HttpRoute,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';

/** A route of the API with its function. The key is, for example, `PUT /appointments/v1/{id}/{version}`. */
export type ApiRoute = {
  readonly key: string;
  readonly fn: IFunction;
  readonly httpRoutes: readonly HttpRoute[];
  /** The scope that a token needs. */
  readonly scope: string | undefined;
};

/** Protects a route: the authorizer accepts only valid tokens that have the scope. */
export type Guard = { readonly authorizer: IHttpRouteAuthorizer; readonly scope: string };

/** Adds a route that calls the function. Without a guard, the route needs no token. */
export function addRoute(api: HttpApi, key: string, fn: IFunction, guard?: Guard): ApiRoute {
  const [method, path = ''] = key.split(' ');
  const httpRoutes = api.addRoutes({
    path,
    methods: Object.values(HttpMethod).filter((name) => name === method),
    integration: new HttpLambdaIntegration(fn.node.id, fn),
    authorizer: guard?.authorizer ?? new HttpNoneAuthorizer(),
    ...(guard && { authorizationScopes: [guard.scope] }),
  });
  return { key, fn, httpRoutes, scope: guard?.scope };
}
