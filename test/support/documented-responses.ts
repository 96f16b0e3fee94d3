import { expectDocumented } from './documented.ts';

// Jest's setup file of the service's suites: every response that `fetch` receives must be in openapi.json.
const original = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const response = await original(input, init);
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  const { status, headers } = response;
  expectDocumented({ method, url: response.url, status, headers, text: await response.clone().text() });
  return response;
};
