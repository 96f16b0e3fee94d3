import { CfnOutput } from 'aws-cdk-lib';
import {
  LambdaVersion,
  OAuthScope,
  ResourceServerScope,
  type UserPool,
  type UserPoolClient,
  UserPoolOperation,
} from 'aws-cdk-lib/aws-cognito';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { ownOrganization } from '../lambda/token/own-organization.ts';
import type { Client } from './clients.ts';

/** What each kind of client may do. */
type Scopes = Readonly<Record<Client['scope'], OAuthScope[]>>;

/**
 * The pool's clients: the stack's own, whose organization is itself, and those of organizations. Each of the latter
 * has a scope `organization/NAME`, which the trigger makes the claim `organization_id`: so a client's organization is
 * a setting of the client, and the function needs to know neither the clients (CloudFormation could not make that
 * circle) nor their secrets.
 */
export function addClients(
  pool: UserPool,
  named: readonly Client[],
  scopes: Scopes,
  trigger: () => IFunction,
): [own: UserPoolClient, ...others: UserPoolClient[]] {
  const organizationScope = named.length > 0 ? organizationScopes(pool, named, trigger()) : () => [];
  const add = (id: string, scope: Client['scope'], organization: string) =>
    pool.addClient(id, {
      generateSecret: true,
      oAuth: { flows: { clientCredentials: true }, scopes: [...scopes[scope], ...organizationScope(organization)] },
    });
  return [
    add('Client', 'read-write', ownOrganization),
    ...named.map(({ name, organization, scope }) => {
      const id = `Client${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      const client = add(id, scope, organization);
      new CfnOutput(pool.stack, id.replace('Client', 'ClientId'), { value: client.userPoolClientId });
      return client;
    }),
  ];
}

function organizationScopes(
  pool: UserPool,
  named: readonly Client[],
  trigger: IFunction,
): (organization: string) => OAuthScope[] {
  pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, trigger, LambdaVersion.V3_0);
  const organizations = [ownOrganization, ...new Set(named.map(({ organization }) => organization))];
  const scopes = new Map(
    organizations.map((scopeName) => [
      scopeName,
      new ResourceServerScope({ scopeName, scopeDescription: 'The organization of a client' }),
    ]),
  );
  const server = pool.addResourceServer('Organizations', { identifier: 'organization', scopes: [...scopes.values()] });
  return (organization) => {
    const scope = scopes.get(organization);
    return scope ? [OAuthScope.resourceServer(server, scope)] : [];
  };
}
