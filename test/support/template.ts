import { synthesize } from '../../infra/synthesized-stack.ts';

const issuer = { issuer: 'https://issuer.example', audience: 'a', tokenUrl: 'https://issuer.example/token' };

/** Every route and function of the stack, including those that a setting adds. A suite that must cover all of them loops over these lists. */
export const { routes, functions } = await synthesize({ ...issuer, events: true });

/** The routes behind the authorizer, each with its scope. */
export const guardedRoutes = routes.flatMap(({ jwt, ...route }) => (jwt ? [{ ...route, scopes: jwt.scopes }] : []));
