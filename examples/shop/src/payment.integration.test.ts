import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requestJson } from './http-client.ts';
import { endProcess, type ServiceProcess, startProcess } from './start-shop.ts';
import { startDroppingProxy } from './testing/dropping-proxy.ts';

let dataFolder: string;
let payment: ServiceProcess;

const start = (port = 0): Promise<ServiceProcess> =>
  startProcess({ name: 'payment', mode: 'protected', dataFolder, port });

beforeEach(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'shop-payment-'));
  payment = await start();
});

afterEach(async () => {
  await endProcess(payment);
  rmSync(dataFolder, { recursive: true, force: true });
});

/** How many charges each order has. */
function chargesByOrder(): Readonly<Record<string, number>> {
  const database = new DatabaseSync(join(dataFolder, 'payment.db'), { readOnly: true });
  const rows = database.prepare('SELECT order_id AS id, count(*) AS n FROM charges GROUP BY order_id').all();
  database.close();
  return Object.fromEntries(rows.map(({ id, n }) => [String(id), Number(n)]));
}

const charge = (url: string, orderId: string, key?: string) =>
  requestJson<{ id: string }>(`${url}/charges`, { method: 'POST', key, body: { orderId, amountCents: 700 } });

/** Asks until it is answered, as a caller must that wants to know. */
async function chargeUntilAnswered(url: string, orderId: string): Promise<string> {
  for (;;) {
    try {
      return (await charge(url, orderId, orderId)).body.id;
    } catch {
      await sleep(20);
    }
  }
}

describe('payment', () => {
  it('charges once when the reply is lost and the request is repeated', async () => {
    const proxy = await startDroppingProxy(payment.url);
    try {
      proxy.dropReplies(true);
      await expect(charge(proxy.url, 'o-1', 'k-1')).rejects.toThrow('was not answered');
      expect(proxy.dropped).toBe(1);
      expect(chargesByOrder()).toEqual({ 'o-1': 1 });

      proxy.dropReplies(false);
      const first = await charge(proxy.url, 'o-1', 'k-1');
      const second = await charge(proxy.url, 'o-1', 'k-1');
      expect(second.body).toEqual(first.body);
      expect(chargesByOrder()).toEqual({ 'o-1': 1 });
    } finally {
      await proxy.close();
    }
  });

  it('charges again for the same request without a key, which is why there are keys', async () => {
    await charge(payment.url, 'o-1');
    await charge(payment.url, 'o-1');
    expect(chargesByOrder()).toEqual({ 'o-1': 2 });
  });

  it('charges once for each order through SIGKILLs at any moment', async () => {
    const { url } = payment;
    const port = Number(new URL(url).port);
    const orders = Array.from({ length: 150 }, (_, n) => `o-${n}`);
    const answers = Promise.all(orders.map((order) => chargeUntilAnswered(url, order)));
    for (let kills = 0; kills < 4; kills++) {
      // Not for long, so that it dies in the midst of its work.
      await sleep(kills * 15);
      payment.process.kill('SIGKILL');
      await new Promise((resolve) => payment.process.once('exit', resolve));
      payment = await start(port);
    }
    const ids = await answers;
    const again = await Promise.all(orders.map((order) => chargeUntilAnswered(url, order)));
    expect(again).toEqual(ids);
    expect(chargesByOrder()).toEqual(Object.fromEntries(orders.map((order) => [order, 1])));
  });

  it('refuses a key that comes back with another amount, and requests that are none', async () => {
    await charge(payment.url, 'o-1', 'k-1');
    expect((await charge(payment.url, 'o-2', 'k-1')).status).toBe(422);
    const post = (body: unknown) =>
      requestJson(`${payment.url}/charges`, { method: 'POST', body, key: 'k-2' });
    expect((await post({ orderId: 'o-3', amountCents: -5 })).status).toBe(400);
    expect((await post({ orderId: 'o-3', amountCents: 'much' })).status).toBe(400);
    expect((await post({ orderId: "'; DROP TABLE charges", amountCents: 5 })).status).toBe(400);
    expect((await post({ note: 'x'.repeat(20_000) })).status).toBe(413);
    expect(chargesByOrder()).toEqual({ 'o-1': 1 });
  });
});
