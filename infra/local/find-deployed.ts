/** The flags for a deployed stack and one of its clients, for parseArgs. */
export const deployedFlags = {
  url: { type: 'string' },
  'client-id': { type: 'string' },
  'client-secret': { type: 'string' },
} as const;

export type DeployedFlags = { readonly [flag in keyof typeof deployedFlags]?: string };

export type DeployedService = {
  readonly apiUrl: string;
  readonly client: { readonly id: string; readonly secret: string };
  readonly token: string;
};

/** Gets a token from the stack in the flags. @throws Error with a sentence that says what to fix */
export async function findDeployed(flags: DeployedFlags): Promise<DeployedService> {
  const { url, 'client-id': id, 'client-secret': secret } = flags;
  if (!url || !id || !secret) throw new Error('A deployed stack needs all of --url, --client-id and --client-secret.');
  const apiUrl = url.replace(/\/+$/, '');
  const response = await fetch(`${apiUrl}/api/auth/v2/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_id: id, client_secret: secret }),
  }).catch(() => undefined);
  if (response?.status === 401) {
    throw new Error(`${apiUrl} rejects the client: check --client-id and --client-secret.`);
  }
  const { access_token }: { access_token?: string } = Object(await response?.json().catch(() => undefined));
  if (!response?.ok || access_token === undefined) {
    const found = response ? `responded ${response.status} to a request for a token` : 'did not respond';
    throw new Error(`${apiUrl} ${found}: check --url, which is the output ApiUrl of the stack.`);
  }
  return { apiUrl, client: { id, secret }, token: access_token };
}
