import { CfnOutput, Fn, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { FeaturePlan, OAuthScope, ResourceServerScope, UserPool } from 'aws-cdk-lib/aws-cognito';
import { addClients } from './cognito-clients.ts';
import type { Settings } from './settings.ts';
import { stackSuffix } from './stack-suffix.ts';

/** The issuer of the tokens: the authorizer that checks them, and the environment of the token route's function. */
export type Issuer = {
  readonly authorizer: IHttpRouteAuthorizer;
  readonly environment: Readonly<Record<string, string>>;
};

/**
 * Uses the OIDC issuer in the settings (`issuer`, `audience` and `tokenUrl`), or adds Cognito. With Cognito, `tokenUrl` replaces
 * only the token endpoint.
 */
export function addIssuer(stack: Stack, settings: Settings): Issuer {
  const { issuer, audience, tokenUrl } = settings;
  if (issuer === undefined || audience === undefined || tokenUrl === undefined) return addCognito(stack, settings);
  return {
    authorizer: new HttpJwtAuthorizer('Issuer', issuer, { jwtAudience: [audience] }),
    environment: { TOKEN_URL: tokenUrl, AUDIENCE: audience },
  };
}

function addCognito(stack: Stack, { clients: named = {}, tokenUrl }: Settings): Issuer {
  const pool = new UserPool(stack, 'Clients', {
    featurePlan: FeaturePlan.ESSENTIALS,
    selfSignUpEnabled: false,
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const read = new ResourceServerScope({ scopeName: 'read', scopeDescription: 'Read appointments' });
  const write = new ResourceServerScope({
    scopeName: 'write',
    scopeDescription: 'Create, update and deactivate appointments',
  });
  const server = pool.addResourceServer('Scopes', { identifier: 'appointments', scopes: [read, write] });
  const [mayRead, mayWrite] = [OAuthScope.resourceServer(server, read), OAuthScope.resourceServer(server, write)];
  const clients = addClients(pool, named, {
    read: [mayRead],
    'read-write': [mayRead, mayWrite],
  });
  const domain = pool.addDomain('Domain', {
    // The prefix must be unique among all accounts in a region.
    cognitoDomain: { domainPrefix: Fn.join('-', ['appointments', stackSuffix(stack)]) },
  });
  new CfnOutput(stack, 'UserPoolId', { value: pool.userPoolId });
  new CfnOutput(stack, 'ClientId', { value: clients[0].userPoolClientId });
  return {
    // Not the attribute ProviderURL: some emulators of CloudFormation do not have it.
    authorizer: new HttpJwtAuthorizer(
      'Issuer',
      `https://cognito-idp.${stack.region}.amazonaws.com/${pool.userPoolId}`,
      { jwtAudience: clients.map(({ userPoolClientId }) => userPoolClientId) },
    ),
    environment: { TOKEN_URL: tokenUrl ?? `${domain.baseUrl()}/oauth2/token` },
  };
}
