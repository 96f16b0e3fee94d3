import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import {
  LambdaVersion,
  OAuthScope,
  ResourceServerScope,
  type UserPool,
  type UserPoolClient,
  UserPoolOperation,
} from 'aws-cdk-lib/aws-cognito';
import { organizationScopePrefix, ownOrganization } from '../../lambda/token/organization-scope.ts';
import { addFunction } from './function.ts';
import type { Settings } from './settings.ts';

type NamedClients = NonNullable<Settings['clients']>;
type Scopes = Readonly<Record<NamedClients[string]['scope'], OAuthScope[]>>;

/**
 * Adds the stack's own client, which has its own organization, and the clients in the settings.
 *
 * Every client has a scope `organization/NAME`, and the trigger turns that scope into the claim `organization_id`. So the trigger
 * needs no list of clients, which would be a cycle that CloudFormation cannot resolve. The stack's own client has such a scope
 * from the first deployment: if a later deployment added trigger and scope, clients would get no tokens while it runs.
 */
export function addClients(
  pool: UserPool,
  named: NamedClients,
  scopes: Scopes,
): [own: UserPoolClient, ...others: UserPoolClient[]] {
  const organizationScope = organizationScopes(pool, named);
  const add = (id: string, scope: keyof Scopes, organization: string) =>
    pool.addClient(id, {
      generateSecret: true,
      oAuth: { flows: { clientCredentials: true }, scopes: [...scopes[scope], ...organizationScope(organization)] },
    });
  const own = add('Client', 'read-write', ownOrganization);
  // Its id is an organization. A deleted client can never be created again with the same id.
  own.applyRemovalPolicy(RemovalPolicy.RETAIN);
  const others = Object.entries(named).map(([name, { organization, scope }]) => {
    const id = `Client${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const client = add(id, scope, organization);
    new CfnOutput(pool.stack, id.replace('Client', 'ClientId'), { value: client.userPoolClientId });
    return client;
  });
  return [own, ...others];
}

function organizationScopes(pool: UserPool, named: NamedClients): (organization: string) => OAuthScope[] {
  const trigger = addFunction(pool.stack, 'set-organization-claim', {}, []);
  pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, trigger, LambdaVersion.V3_0);
  const organizations = new Set([ownOrganization, ...Object.values(named).map(({ organization }) => organization)]);
  const scopes = new Map(
    [...organizations].map((scopeName) => [
      scopeName,
      new ResourceServerScope({ scopeName, scopeDescription: 'The organization of a client' }),
    ]),
  );
  const server = pool.addResourceServer('Organizations', {
    identifier: organizationScopePrefix.replace('/', ''),
    scopes: [...scopes.values()],
  });
  return (organization) => {
    const scope = scopes.get(organization);
    return scope ? [OAuthScope.resourceServer(server, scope)] : [];
  };
}
