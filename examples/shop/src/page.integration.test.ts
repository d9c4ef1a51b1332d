import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Shop, startShop } from './start-shop.ts';

let browser: Browser;
let dataFolder: string;
let shop: Shop;
let page: Page;
/** What the browser complained of; a page that loads what it may not says so there. */
let complaints: string[];

beforeAll(async () => {
  // The sandbox needs rights that root in a container does not have; the page is our own and on this machine.
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
});

afterAll(() => browser.close());

beforeEach(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'shop-page-'));
  shop = await startShop({ mode: 'protected', dataFolder });
  page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(shop.url);
});

afterEach(async () => {
  await page.close();
  await shop.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });

/** What the shop recommends beside a product. */
async function recommendationsFor(sku: string): Promise<readonly unknown[]> {
  const response = await fetch(`${shop.url}/api/products/${sku}`);
  return ((await response.json()) as { readonly recommendations: readonly unknown[] }).recommendations;
}

/** Puts a bell into the cart, opens the cart, and buys. */
async function buyBell(): Promise<void> {
  await button('Add Brass bell to cart').click();
  await button(/^Cart/).click();
  await button('Buy').click();
}

describe('the page', () => {
  it('shows the goods with prices and stock', async () => {
    await page.getByRole('listitem').first().waitFor();
    expect(await page.getByRole('listitem').count()).toBe(12);
    const bell = page.getByRole('listitem').filter({ hasText: 'Brass bell' });
    expect(await bell.textContent()).toContain('€64.00');
    expect(await bell.textContent()).toContain('In stock');
    expect(complaints).toEqual([]);
  });

  it('shows a product with what goes well with it, from the keyboard alone', async () => {
    // Recommendations get little patience, and may rest for their first calls on a busy machine.
    await expect
      .poll(async () => (await recommendationsFor('hand-compass')).length, { timeout: 30_000 })
      .toBe(3);
    await button('Hand bearing compass').press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Hand bearing compass' });
    await dialog.getByRole('listitem').first().waitFor();
    expect(await dialog.getByRole('listitem').count()).toBe(3);
    await page.keyboard.press('Escape');
    expect(await dialog.isVisible()).toBe(false);
  });

  it('sells what is in the cart', async () => {
    await button('Add Brass bell to cart').click();
    await button('Add Log book to cart').click();
    await button('Add Log book to cart').click();
    await button(/^Cart/).click();
    const dialog = page.getByRole('dialog', { name: 'Your cart' });
    expect(await dialog.textContent()).toContain('Together €102.00');
    await dialog.getByRole('button', { name: 'Remove Log book' }).click();
    expect(await dialog.textContent()).toContain('Together €64.00');
    await button('Buy').click();
    await dialog.getByText(/Thank you\. Order \w{8} is confirmed: €64\.00\./).waitFor();
    expect(await dialog.textContent()).toContain('It is empty.');
    expect(complaints).toEqual([]);
  });

  it('keeps the cart through a reload', async () => {
    await button('Add Life ring to cart').click();
    await page.reload();
    await button(/^Cart/).click();
    expect(await page.getByRole('dialog').textContent()).toContain('Life ring');
  });

  it('sells while inventory is dead, says so, and confirms the order once it is back', async () => {
    shop.services.inventory.process.kill('SIGKILL');
    await page.getByText('Stock unknown at the moment.').waitFor();
    const bell = page.getByRole('listitem').filter({ hasText: 'Brass bell' });
    expect(await bell.textContent()).toContain('Stock unknown');
    await buyBell();
    const dialog = page.getByRole('dialog', { name: 'Your cart' });
    await dialog.getByText('Your order is being confirmed.').waitFor();
    await shop.restart('inventory');
    await dialog.getByText(/Order \w{8} is confirmed/).waitFor();
    await page.getByText('Stock unknown at the moment.').waitFor({ state: 'detached' });
  });

  it('says that recommendations rest when they do not answer', async () => {
    shop.services.recommendations.process.kill('SIGSTOP');
    await button('Oilskin jacket').click();
    await page.getByText('Recommendations are resting.').waitFor();
    shop.services.recommendations.process.kill('SIGCONT');
  });

  it('keeps the cart when no order can be taken, and sells once one can, under the same key', async () => {
    const keys: (string | undefined)[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') keys.push(request.headers()['idempotency-key']);
    });
    shop.services.orders.process.kill('SIGKILL');
    await buyBell();
    const dialog = page.getByRole('dialog', { name: 'Your cart' });
    await dialog.getByText('We cannot take orders at the moment. Your cart is kept').waitFor();
    expect(await dialog.textContent()).toContain('Brass bell');
    await shop.restart('orders');
    await expect
      .poll(
        async () => {
          await button('Buy').click();
          await dialog.getByText(/is confirmed|cannot take orders/).waitFor();
          return dialog.textContent();
        },
        { timeout: 30_000, interval: 500 },
      )
      .toMatch(/Order \w{8} is confirmed/);
    expect(new Set(keys).size).toBe(1);
  });
});
