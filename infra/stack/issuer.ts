import { CfnOutput, Fn, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { FeaturePlan, OAuthScope, ResourceServerScope, UserPool } from 'aws-cdk-lib/aws-cognito';
import { addClients } from './cognito-clients.ts';
import { namedClients } from './named-clients.ts';

/** Who issues the tokens: the authorizer that checks them, and the environment of the token route's function. */
export type Issuer = {
  readonly authorizer: IHttpRouteAuthorizer;
  readonly environment: Readonly<Record<string, string>>;
};

/**
 * The issuer that the context names (`issuer`, `audience` and `tokenUrl`: any OIDC issuer), otherwise Cognito, of which
 * `tokenUrl` alone replaces the token endpoint.
 */
export function addIssuer(stack: Stack): Issuer {
  const context = (name: string): string | undefined => stack.node.tryGetContext(name);
  const [issuer, audience, tokenUrl] = [context('issuer'), context('audience'), context('tokenUrl')];
  if (issuer === undefined) return addCognito(stack, tokenUrl);
  if (audience === undefined || tokenUrl === undefined) {
    throw new Error(
      'The context names an issuer, so it must name its audience and its tokenUrl too (-c audience=… -c tokenUrl=…).',
    );
  }
  return {
    authorizer: new HttpJwtAuthorizer('Issuer', issuer, { jwtAudience: [audience] }),
    environment: { TOKEN_URL: tokenUrl, AUDIENCE: audience },
  };
}

function addCognito(stack: Stack, tokenUrl: string | undefined): Issuer {
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
  const clients = addClients(pool, namedClients(stack.node.tryGetContext('clients')), {
    read: [mayRead],
    'read-write': [mayRead, mayWrite],
  });
  // A domain prefix is unique among all accounts of a region: a part of the stack's id makes it so.
  const stackUuid = Fn.select(2, Fn.split('/', stack.stackId));
  const domain = pool.addDomain('Domain', {
    cognitoDomain: { domainPrefix: Fn.join('-', ['appointments', Fn.select(4, Fn.split('-', stackUuid))]) },
  });
  new CfnOutput(stack, 'UserPoolId', { value: pool.userPoolId });
  new CfnOutput(stack, 'ClientId', { value: clients[0].userPoolClientId });
  return {
    // Spelled out: not every emulator of CloudFormation knows the pool's attribute ProviderURL.
    authorizer: new HttpJwtAuthorizer(
      'Issuer',
      `https://cognito-idp.${stack.region}.amazonaws.com/${pool.userPoolId}`,
      { jwtAudience: clients.map(({ userPoolClientId }) => userPoolClientId) },
    ),
    environment: { TOKEN_URL: tokenUrl ?? `${domain.baseUrl()}/oauth2/token` },
  };
}
