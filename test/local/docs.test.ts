import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { apiUrl, authUrl, call, send } from '../support/api.ts';
import { chromiumPath, startBrowser } from '../support/browser.ts';
import { contrastOf } from '../support/contrast.ts';

describe('/docs', () => {
  it('serves openapi.json, with the local stack as the only server, on both ports', async () => {
    for (const url of [apiUrl(), authUrl()]) {
      const { json } = await send('GET', `${url}/docs/openapi.json`);
      expect(json).toMatchObject({ openapi: '3.1.1', servers: [{ url: '/' }] });
    }
  });

  it.each(['/docs/package.json', '/docs/../package.json', '/docs/%2e%2e/package.json', '/docs/constructor'])(
    'returns 404 for any other file: %s',
    async (path) => {
      expect(await send('GET', apiUrl() + path)).toMatchObject({ status: 404, json: { message: 'Not Found' } });
    },
  );

  if (chromiumPath === undefined) {
    it.skip('in a browser', () => {});
    console.info(
      'The page at /docs is not tested, because Chromium was not found. Install it, or set CHROMIUM to its path.',
    );
  } else {
    inBrowser(chromiumPath);
  }
});

function inBrowser(path: string): void {
  describe('in a browser', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await startBrowser(path);
    }, 60_000);
    afterAll(() => browser.close());

    async function openDocs(options?: BrowserContextOptions): Promise<Page> {
      const page = await browser.newPage(options);
      await page.goto(`${apiUrl()}/docs`);
      await update(page).waitFor();
      return page;
    }

    it('leads a person from a token to an update and to its conflict, by the steps at the top', async () => {
      const page = await browser.newPage();
      const problems = problemsOf(page);
      await page.goto(`${apiUrl()}/docs`);
      await update(page).waitFor();

      await step(page, 'Authorize');
      expect(await dialog(page).getByLabel('client_id:').inputValue()).toBe('acme');
      await authorize(page);
      await dialog(page).getByRole('button', { name: 'Close' }).first().click();

      await step(page, 'Create an appointment');
      const created = await execute(operation(page, 'createAppointment'));
      expect(created).toMatchObject({ status: 200, json: { version: 1, organization_id: 'acme' } });

      await step(page, 'Update it');
      await update(page).getByPlaceholder('id', { exact: true }).fill(created.json.id);
      const updated = await execute(update(page));
      expect(updated).toMatchObject({ status: 200, json: { id: created.json.id, version: 2, status: 'READY' } });
      expect(await call('GET', `/${created.json.id}`)).toMatchObject({ json: updated.json });

      const conflict = await execute(update(page), 409);
      expect(conflict).toMatchObject({ status: 409, json: { content: { latest_version: 2 } } });

      // The browser reports the 409 as an error, too.
      expect(problems).toEqual([expect.stringContaining('409')]);
      await page.close();
    }, 60_000);

    it('shows that a wrong secret returns Unauthorized', async () => {
      const page = await openDocs();
      await step(page, 'Authorize');
      await dialog(page).getByLabel('client_secret:').fill('wrong');
      await authorize(page);
      await dialog(page).getByText('Unauthorized').waitFor();
      await page.close();
    }, 60_000);

    it('lists the update first', async () => {
      const page = await openDocs();
      expect(await page.locator('.opblock').first().getAttribute('id')).toBe(await update(page).getAttribute('id'));
      await page.close();
    }, 60_000);

    it.each([
      ['desktop', { width: 1_280, height: 800 }],
      ['phone', { width: 390, height: 844 }],
    ])(
      'shows the first steps on a %s without scrolling',
      async (_, viewport) => {
        const page = await openDocs({ viewport });
        for (const text of ['Authorize', 'Create an appointment', 'Update it', 'the response is 409']) {
          const { y, height } = (await page.locator('.first-steps li', { hasText: text }).first().boundingBox()) ?? {};
          expect(y).toBeGreaterThanOrEqual(0);
          expect(Number(y) + Number(height)).toBeLessThanOrEqual(viewport.height);
        }
        await page.close();
      },
      60_000,
    );

    it('needs no horizontal scrolling on a phone, with any operation open', async () => {
      const page = await openDocs({ viewport: { width: 390, height: 844 } });
      expect(await widthOf(page)).toBe(390);
      for (const block of await page.locator('.opblock').all()) {
        await block.locator('.opblock-summary-control').click();
        await block.locator('.opblock-body').waitFor();
        expect({ operation: await block.getAttribute('id'), width: await widthOf(page) }).toMatchObject({ width: 390 });
        await block.locator('.opblock-summary-control').click();
      }
      await page.close();
    }, 120_000);

    it.each(['light', 'dark'] as const)(
      'has readable text in %s mode',
      async (colorScheme) => {
        const page = await openDocs({ colorScheme });
        await update(page).locator('.opblock-summary-control').click();
        await update(page).locator('.opblock-body').waitFor();
        expect(await backgroundOf(page)).toBe(colorScheme === 'dark' ? 'rgb(28, 32, 34)' : 'rgba(0, 0, 0, 0)');
        for (const selector of readableTexts) {
          for (const element of await page.locator(selector).all()) {
            const contrast = await contrastOf(element);
            if (contrast < 4.5)
              throw new Error(`${selector} has a contrast of ${contrast}: ${await element.innerHTML()}`);
          }
          expect(await page.locator(selector).count()).toBeGreaterThan(0);
        }
        await page.close();
      },
      60_000,
    );
  });
}

/** The texts that a person needs in order to use the page. */
const readableTexts = [
  ...['.first-steps :is(h2, li, button, code)', '.info .renderedMarkdown :is(p, h3, li, th, td, code)'],
  ...['.scheme-container .authorize span', '.opblock-tag', '.opblock-summary-path', '.opblock-summary-description'],
  ...['.opblock-description :is(p, code)', '.opblock-section-header :is(h4, h4 span)', '.parameter__name'],
  ...['.response-col_description__inner :is(p, li, code)', '.header-col'],
];

/** Everything that went wrong in the page, and every request to another server. */
function problemsOf(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && origin !== apiUrl()) problems.push(`requested ${request.url()}`);
  });
  return problems;
}

function widthOf(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth');
}

function backgroundOf(page: Page): Promise<string> {
  return page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
}

/** Clicks the link of one of the first steps. */
async function step(page: Page, name: string): Promise<void> {
  await page.locator('.first-steps').getByRole('button', { name }).click();
}

function dialog(page: Page): Locator {
  return page.locator('.dialog-ux');
}

/** Requests a token with what the dialog contains. */
async function authorize(page: Page): Promise<void> {
  const responded = page.waitForResponse(/\/token$/);
  await dialog(page).getByRole('button', { name: 'Apply given OAuth2 credentials' }).click();
  await responded;
}

function operation(page: Page, id: string): Locator {
  return page.locator(`#operations-Appointments-${id}`);
}

function update(page: Page): Locator {
  return operation(page, 'updateAppointment');
}

/** Sends the request of an open operation, and reads the response that the page then shows. */
async function execute(opened: Locator, expectedStatus = 200): Promise<{ status: number; json: { id: string } }> {
  await opened.getByRole('button', { name: 'Execute' }).click();
  const response = opened.locator('.live-responses-table');
  const status = response.locator('tbody td.response-col_status', { hasText: String(expectedStatus) });
  const code = await status.textContent();
  const body = await response.locator('.highlight-code code').first().textContent();
  return { status: Number.parseInt(code ?? '', 10), json: JSON.parse(body ?? '') };
}
