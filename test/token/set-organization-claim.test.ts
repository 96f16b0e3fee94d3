import { describe, expect, it } from '@jest/globals';
import { handler } from '../../lambda/set-organization-claim.ts';

type Event = Parameters<typeof handler>[0];

describe('the claim organization_id', () => {
  it('is the organization in the client’s organization scope', async () => {
    const { response } = await handler(eventOf(['appointments/read', 'organization/acme.west_1']));
    expect(response).toEqual({
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: { claimsToAddOrOverride: { organization_id: 'acme.west_1' } },
      },
    });
  });

  it('is not set for the stack’s default client, which is its own organization', async () => {
    const event = eventOf(['appointments/read', 'organization/client:']);
    expect(await handler(event)).toEqual(event);
  });

  it.each([
    ['no', ['appointments/write']],
    ['two', ['organization/acme', 'organization/globex']],
  ])('cannot be set with %s organization scopes, so there is no token', async (_, scopes) => {
    await expect(handler(eventOf(scopes))).rejects.toThrow('exactly one scope');
  });
});

function eventOf(scopes: string[]): Event {
  return {
    version: '3',
    triggerSource: 'TokenGeneration_ClientCredentials',
    region: 'us-east-1',
    userPoolId: 'us-east-1_pool',
    userName: 'ClientCredentials',
    callerContext: { awsSdkVersion: '3', clientId: 'client-1' },
    request: { userAttributes: {}, groupConfiguration: {}, scopes },
    response: { claimsAndScopeOverrideDetails: {} },
  };
}
