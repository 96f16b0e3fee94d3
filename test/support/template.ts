import { synthesize } from '../../infra/synthesized-stack.ts';

const issuer = { issuer: 'https://issuer.example', audience: 'a', tokenUrl: 'https://issuer.example/token' };

/** The stack with everything that a setting can add, as its template describes it: a suite that has to cover every route or function takes the list from here. */
export const { routes, functions } = await synthesize({ ...issuer, events: true });

/** The routes behind the authorizer, each with its scope. */
export const guardedRoutes = routes.flatMap(({ jwt, ...route }) => (jwt ? [{ ...route, scopes: jwt.scopes }] : []));
