import { errorResponse, type HttpResponse } from './http-response.ts';
import { type QueryParameter, queryParameters, type RouteKey, type Step } from './route-request.ts';

/** The limit of a query parameter. */
export const maxParameterCharacters = 1_024;

/**
 * Step: reads the query parameter of this route, if it has one. An empty value means *not set*. 400 if the value is too long
 * or sent twice. On a route that writes, any other parameter is a 400 too, so that nothing is dropped silently.
 */
export function readQuery(key: RouteKey): Step {
  const parameters: { readonly [Key in RouteKey]?: QueryParameter } = queryParameters;
  const parameter = parameters[key];
  return ({ event: { rawQueryString }, internal }) => {
    if (!isUtf8(rawQueryString)) return badRequest('The query string is not valid UTF-8.');
    const query = new URLSearchParams(rawQueryString);
    const unknown = key.startsWith('GET ') ? undefined : [...query.keys()].find((name) => name !== parameter);
    if (unknown !== undefined)
      return badRequest(`This route has no query parameter ${JSON.stringify(unknown)}. Remove it.`);
    if (parameter === undefined) return undefined;

    const [value = '', ...others] = query.getAll(parameter);
    if (others.length > 0) return badRequest(`The query parameter ${parameter} must not be sent more than once.`);
    if ([...value].length > maxParameterCharacters) {
      return badRequest(`The query parameter ${parameter} must have at most ${maxParameterCharacters} characters.`);
    }
    internal[parameter] = value === '' ? undefined : value;
    return undefined;
  };
}

/** Whether the query is valid UTF-8. A % without two hex digits is an ordinary character. A gateway may have replaced an invalid byte with U+FFFD. */
function isUtf8(query: string): boolean {
  if (query.includes('\ufffd')) return false;
  try {
    decodeURIComponent(query.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'));
    return true;
  } catch {
    return false;
  }
}

function badRequest(message: string): HttpResponse {
  return errorResponse('BadRequestError', { message });
}
