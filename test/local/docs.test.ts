import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { apiUrl, authUrl, call, send } from '../support/api.ts';
import { chromiumPath, startBrowser } from '../support/browser.ts';

describe('/docs', () => {
  it('has openapi.json, with this server as the only one, on both ports', async () => {
    for (const url of [apiUrl(), authUrl()]) {
      const { json } = await send('GET', `${url}/docs/openapi.json`);
      expect(json).toMatchObject({ openapi: '3.1.1', servers: [{ url: '/' }] });
    }
  });

  it.each(['/docs/package.json', '/docs/../package.json', '/docs/%2e%2e/package.json', '/docs/constructor'])(
    'has no other file: %s',
    async (path) => {
      expect(await send('GET', apiUrl() + path)).toMatchObject({ status: 404, json: { message: 'Not Found' } });
    },
  );

  if (chromiumPath === undefined) {
    it.skip('in a browser', () => {});
    console.info('No Chromium here: the page at /docs is not tested. Install it, or set CHROMIUM to its path.');
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

    it('lets a person get a token, create an appointment and update it', async () => {
      const page = await browser.newPage();
      const complaints = complaintsOf(page);
      await page.goto(`${apiUrl()}/docs`);

      await authorize(page, 'acme', 'acme-secret');
      const created = await execute(operation(page, 'Appointments-createAppointment'));
      expect(created).toMatchObject({ status: 200, json: { version: 1, organization_id: 'acme' } });

      const update = operation(page, 'Appointments-updateAppointment');
      await update.locator('.opblock-summary-control').click();
      await update.getByPlaceholder('id', { exact: true }).fill(created.json.id);
      const updated = await execute(update);
      expect(updated).toMatchObject({ status: 200, json: { id: created.json.id, version: 2, status: 'READY' } });
      expect(await call('GET', `/${created.json.id}`)).toMatchObject({ json: updated.json });

      expect(complaints).toEqual([]);
      await page.close();
    }, 60_000);

    it('shows what a wrong secret gets', async () => {
      const page = await browser.newPage();
      await page.goto(`${apiUrl()}/docs`);
      await authorize(page, 'acme', 'wrong');
      await page.locator('.dialog-ux').getByText('Unauthorized').waitFor();
      await page.close();
    }, 60_000);
  });
}

/** What went wrong in the page, and each request to another place than this machine. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && origin !== apiUrl()) complaints.push(`asked ${request.url()}`);
  });
  return complaints;
}

async function authorize(page: Page, clientId: string, clientSecret: string): Promise<void> {
  await page.getByRole('button', { name: 'Authorize' }).click();
  const dialog = page.locator('.dialog-ux');
  await dialog.getByLabel('client_id:').fill(clientId);
  await dialog.getByLabel('client_secret:').fill(clientSecret);
  const answered = page.waitForResponse(/\/token$/);
  await dialog.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click();
  if ((await answered).ok()) await dialog.getByRole('button', { name: 'Close' }).first().click();
}

function operation(page: Page, id: string): Locator {
  return page.locator(`#operations-${id}`);
}

/** Sends the operation's request as the page has it, and reads the answer that the page shows. */
async function execute(operation: Locator): Promise<{ status: number; json: { id: string } }> {
  const execute = operation.getByRole('button', { name: 'Execute' });
  if (!(await execute.isVisible())) await operation.locator('.opblock-summary-control').click();
  await execute.click();
  const answer = operation.locator('.live-responses-table');
  const status = await answer.locator('tbody td.response-col_status').textContent();
  const body = await answer.locator('.highlight-code code').first().textContent();
  return { status: Number.parseInt(status ?? '', 10), json: JSON.parse(body ?? '') };
}
