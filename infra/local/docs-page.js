// The page at /docs, in the browser.
const { clientId, clientSecret, scopes } = document.body.dataset;

const reference = SwaggerUIBundle({
  url: '/docs/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: 'none',
  requestInterceptor: credentialsInBody,
});
reference.initOAuth({ clientId, clientSecret, scopes });

/** The library sends a client's credentials as Basic authentication; the contract's token route reads them in the body. */
function credentialsInBody(request) {
  const [scheme, credentials] = (request.headers?.Authorization ?? '').split(' ');
  if (scheme !== 'Basic') return request;
  const { Authorization: _, ...headers } = request.headers;
  const [client_id, ...secret] = atob(credentials).split(':');
  const form = new URLSearchParams(request.body);
  form.set('client_id', client_id);
  form.set('client_secret', secret.join(':'));
  return Object.assign(request, { headers, body: form.toString() });
}
