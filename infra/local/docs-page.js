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
});
reference.initOAuth({ clientId, clientSecret, scopes });
