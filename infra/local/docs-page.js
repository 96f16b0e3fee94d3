// The script of the page at /docs. It runs in the browser.
const { clientId, clientSecret, scopes } = document.body.dataset;

// swagger-ui.css has a dark mode, but only Swagger UI's own page turns it on.
const darkMode = matchMedia('(prefers-color-scheme: dark)');
const followSystem = () => document.documentElement.classList.toggle('dark-mode', darkMode.matches);
darkMode.addEventListener('change', followSystem);
followSystem();

// The dialog *Authorize* would start with the fields for HTTP Basic, which only the token route accepts.
const authorizeWithTokenOnly = () => ({
  statePlugins: {
    auth: {
      wrapSelectors: {
        definitionsToAuthorize: (original) => (state) => original(state).filter((schemes) => schemes.has('token')),
      },
    },
  },
});

const reference = SwaggerUIBundle({
  url: '/docs/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: 'none',
  plugins: [authorizeWithTokenOnly],
});
reference.initOAuth({ clientId, clientSecret, scopes });

// A link in the first steps shows its target further down, and opens it.
for (const link of document.querySelectorAll('[data-clicks]')) {
  link.addEventListener('click', () => {
    const target = document.querySelector(link.dataset.clicks);
    if (target?.getAttribute('aria-expanded') !== 'true') target?.click();
    target?.scrollIntoView({ behavior: 'smooth' });
  });
}
