import { expectDocumented } from './documented.ts';

// Jest setup file of the service suites: `fetch` throws if it receives a response that openapi.json does not describe.
const originalFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const response = await originalFetch(input, init);
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  const { status, headers } = response;
  expectDocumented({ method, url: response.url, status, headers, text: await response.clone().text() });
  return response;
};
