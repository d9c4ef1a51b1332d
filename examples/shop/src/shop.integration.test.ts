import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { requestJson } from './http-client.ts';
import { endProcess, type ServiceName, type ServiceProcess, startProcess, topology } from './start-shop.ts';
import { type DroppingProxy, startDroppingProxy } from './testing/dropping-proxy.ts';

let dataFolder: string;
let services: Partial<Record<ServiceName, ServiceProcess>>;
let proxy: DroppingProxy | undefined;

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'shop-'));
  services = {};
});

afterEach(async () => {
  for (const service of Object.values(services).toReversed()) await endProcess(service);
  await proxy?.close();
  proxy = undefined;
  rmSync(dataFolder, { recursive: true, force: true });
});

/** Starts the shop; what `orders` hears of `payment` goes through a proxy that can lose it. */
async function open(mode: 'protected' | 'naive'): Promise<string> {
  const urls: Partial<Record<ServiceName, string>> = {};
  for (const name of Object.keys(topology) as ServiceName[]) {
    const service = await startProcess({ name, mode, dataFolder, urls });
    services[name] = service;
    urls[name] = service.url;
    if (name === 'payment') {
      proxy = await startDroppingProxy(service.url);
      urls.payment = proxy.url;
    }
  }
  return urls.gateway ?? '';
}

interface OrderAnswer {
  readonly id: string;
  readonly status: string;
  readonly totalCents: number;
  readonly notices: readonly { readonly code: string }[];
}

const buy = (shop: string, key: string, lines: readonly unknown[] = [{ sku: 'brass-bell', quantity: 1 }]) =>
  requestJson<OrderAnswer>(`${shop}/api/orders`, { method: 'POST', key, body: { lines } });

const statusOf = async (shop: string, id: string): Promise<string> =>
  (await requestJson<OrderAnswer>(`${shop}/api/orders/${id}`)).body.status;

function chargesOf(order?: string): number {
  const database = new DatabaseSync(join(dataFolder, 'payment.db'), { readOnly: true });
  const row = database
    .prepare('SELECT count(*) AS n FROM charges WHERE order_id = coalesce(?, order_id)')
    .get(order ?? null);
  database.close();
  return Number(row?.['n']);
}

describe('the protected shop', () => {
  it('sells, and knows an order again by its key', async () => {
    const shop = await open('protected');
    const first = await buy(shop, 'k-1', [
      { sku: 'brass-bell', quantity: 2 },
      { sku: 'log-book', quantity: 1 },
    ]);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ status: 'confirmed', totalCents: 2 * 6400 + 1900, notices: [] });
    const lines = [
      { sku: 'brass-bell', quantity: 2 },
      { sku: 'log-book', quantity: 1 },
    ];
    expect((await buy(shop, 'k-1', lines)).body.id).toBe(first.body.id);
    expect((await buy(shop, 'k-1')).status).toBe(422);
    expect(chargesOf()).toBe(1);
  });

  it('charges an order once when payment loses its replies, and confirms it when payment is back', async () => {
    const shop = await open('protected');
    proxy?.dropReplies(true);
    const answer = await buy(shop, 'k-1');
    expect(answer.status).toBe(202);
    expect(answer.body.notices).toMatchObject([{ code: 'order-confirming' }]);
    expect(proxy?.dropped).toBeGreaterThan(0);
    proxy?.dropReplies(false);
    await vi.waitFor(async () => expect(await statusOf(shop, answer.body.id)).toBe('confirmed'), 20_000);
    expect(chargesOf(answer.body.id)).toBe(1);
  });

  it('shows and sells while inventory is dead, and confirms the order once it is back', async () => {
    const shop = await open('protected');
    const { inventory } = services;
    inventory?.process.kill('SIGKILL');
    const page = await vi.waitFor(async () => {
      const answer = await requestJson<{ products: { onHand: unknown }[]; notices: { code: string }[] }>(
        `${shop}/api/products`,
      );
      expect(answer.body.notices).toMatchObject([{ code: 'stock-unknown' }]);
      return answer.body;
    }, 10_000);
    expect(page.products).toHaveLength(12);
    expect(page.products[0]?.onHand).toBe('unknown');
    const { body } = await buy(shop, 'k-1');
    expect(body.status).toBe('confirming');
    expect(chargesOf()).toBe(0);

    const port = Number(new URL(inventory?.url ?? '').port);
    services.inventory = await startProcess({ name: 'inventory', mode: 'protected', dataFolder, port });
    await vi.waitFor(async () => expect(await statusOf(shop, body.id)).toBe('confirmed'), 20_000);
    expect(chargesOf(body.id)).toBe(1);
  });

  it('goes on with an order that it had begun when it was killed', async () => {
    const shop = await open('protected');
    services.shipping?.process.kill('SIGKILL');
    const { body } = await buy(shop, 'k-1');
    expect(body.status).toBe('confirming');
    const { orders, shipping } = services;
    orders?.process.kill('SIGKILL');
    const portOf = (service: ServiceProcess | undefined) => Number(new URL(service?.url ?? '').port);
    services.shipping = await startProcess({
      name: 'shipping',
      mode: 'protected',
      dataFolder,
      port: portOf(shipping),
    });
    const urls = {
      catalog: services.catalog?.url ?? '',
      inventory: services.inventory?.url ?? '',
      payment: proxy?.url ?? '',
      shipping: services.shipping.url,
    };
    services.orders = await startProcess({
      name: 'orders',
      mode: 'protected',
      dataFolder,
      port: portOf(orders),
      urls,
    });
    await vi.waitFor(async () => expect(await statusOf(shop, body.id)).toBe('confirmed'), 20_000);
    expect(chargesOf(body.id)).toBe(1);
  });

  it('says that recommendations rest when they hang', async () => {
    const shop = await open('protected');
    const product = () =>
      requestJson<{ recommendations: unknown[]; notices: { code: string }[] }>(
        `${shop}/api/products/brass-bell`,
      );
    expect((await product()).body).toMatchObject({ notices: [] });
    expect((await product()).body.recommendations).toHaveLength(3);
    services.recommendations?.process.kill('SIGSTOP');
    const { body } = await product();
    services.recommendations?.process.kill('SIGCONT');
    expect(body).toMatchObject({ recommendations: [], notices: [{ code: 'recommendations-resting' }] });
  });

  it('refuses what it cannot sell, in words', async () => {
    const shop = await open('protected');
    expect((await buy(shop, 'k-1', [{ sku: 'anchor', quantity: 1 }])).status).toBe(400);
    expect((await buy(shop, 'k-2', [{ sku: 'brass-bell', quantity: 0 }])).status).toBe(400);
    const withoutKey = await requestJson(`${shop}/api/orders`, { method: 'POST', body: { lines: [] } });
    expect(withoutKey.status).toBe(400);
    expect((await requestJson(`${shop}/api/products/anchor`)).status).toBe(404);
    expect((await requestJson(`${shop}/nowhere`)).status).toBe(404);
    expect(chargesOf()).toBe(0);
  });
});

describe('the naive shop', () => {
  it('sells as well, as long as nothing fails', async () => {
    const shop = await open('naive');
    const { status, body } = await buy(shop, 'k-1');
    expect(status).toBe(201);
    expect(chargesOf(body.id)).toBe(1);
  });

  it('charges the same order again and again when replies are lost', async () => {
    const shop = await open('naive');
    proxy?.dropReplies(true);
    await expect(buy(shop, 'k-1')).rejects.toThrow('503');
    // Three attempts of orders for each of three attempts of the gateway.
    expect(chargesOf()).toBe(9);
  });

  it('shows nothing while inventory is dead', async () => {
    const shop = await open('naive');
    services.inventory?.process.kill('SIGKILL');
    await expect(requestJson(`${shop}/api/products`)).rejects.toThrow('502');
  });
});
