import {
  type HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  type HttpRoute,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';

/** A route of the API, by its key (`PUT /appointments/v1/{id}/{version}`), with its function. */
export type ApiRoute = {
  readonly key: string;
  readonly fn: IFunction;
  readonly httpRoutes: readonly HttpRoute[];
  /** The scope that a token needs. */
  readonly scope: string | undefined;
};

/** Who may call a route: the authorizer checks the token and that it has the scope. */
export type Guard = { readonly authorizer: IHttpRouteAuthorizer; readonly scope: string };

/** Adds a route that calls the function. Without a guard, anybody may call it. */
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
