/** Orders: takes an order, writes it down, and sees it through: stock, payment, parcel. */

import { checkout } from '../checkout.ts';
import { openDatabase } from '../database.ts';
import { requestJson } from '../http-client.ts';
import { type OrderLine, readOrderLines } from '../order-lines.ts';
import { ordersPipelines } from '../pipelines.ts';
import { Problem } from '../problem.ts';
import { productsReader } from '../products-reader.ts';
import { repeatEvery } from '../repeat.ts';
import type { Reply } from '../server.ts';
import { startService } from '../service.ts';
import { type NewOrder, openOrders, type Order, ordersSchema, type Stage } from '../stores/orders.ts';

const resumeEveryMs = 250;
const resumedARoundMax = 100;

await startService('orders', ({ config, log }) => {
  const { catalog, inventory, payment, shipping } = ordersPipelines(config.mode);
  const [inventoryUrl, paymentUrl, shippingUrl] = ['inventory', 'payment', 'shipping'].map(config.urlOf);
  const readProducts = productsReader(catalog, config.urlOf('catalog'));
  const database = openDatabase(config.dataFolder, 'orders', ordersSchema);
  const orders = openOrders(database);

  const { advance, resume } = checkout(orders, {
    reserve: async ({ id, lines }) => {
      const answer = await inventory.run(({ signal }) =>
        requestJson(`${inventoryUrl}/reservations/${id}`, { method: 'POST', body: { lines }, signal }),
      );
      if (answer === 'later') return 'later';
      return answer.status < 300 ? 'done' : 'sold-out';
    },
    charge: async ({ id, totalCents }) => {
      const body = { orderId: id, amountCents: totalCents };
      const answer = await payment.run(
        ({ signal, key }) => requestJson(`${paymentUrl}/charges`, { method: 'POST', body, key, signal }),
        { key: id },
      );
      // 409: an attempt of ours that we have given up is still at work there.
      if (answer === 'later' || answer.status === 409) return 'later';
      return answer.status < 300 ? 'done' : 'refused';
    },
    ship: async ({ id }) => {
      const answer = await shipping.run(({ signal }) =>
        requestJson(`${shippingUrl}/shipments/${id}`, { method: 'POST', signal }),
      );
      return answer !== 'later' && answer.status < 300 ? 'done' : 'later';
    },
  });

  /** Priced here and not by the page: a customer does not name the price. */
  const price = async (lines: readonly OrderLine[]): Promise<NewOrder> => {
    const prices = new Map((await readProducts()).map(({ sku, priceCents }) => [sku, priceCents]));
    const totals = lines.map(({ sku, quantity }) => {
      const priceCents = prices.get(sku);
      if (priceCents === undefined) throw new Problem(400, `There is no product ${sku}.`);
      return priceCents * quantity;
    });
    return { lines, totalCents: totals.reduce((sum, cents) => sum + cents, 0) };
  };

  const placed = async (lines: readonly OrderLine[], key: string | undefined): Promise<Order> => {
    const known = key === undefined ? undefined : orders.findByKey(key);
    if (known === undefined) return orders.place(await price(lines), key);
    if (JSON.stringify(known.lines) === JSON.stringify(lines)) return known;
    throw new Problem(422, 'This Idempotency-Key was used for another order.');
  };

  const stopResuming =
    config.mode === 'protected'
      ? repeatEvery(
          resumeEveryMs,
          () => resume(resumedARoundMax),
          (error) => log.error('could not resume orders', { error: String(error) }),
        )
      : undefined;

  return {
    routes: [
      {
        method: 'POST',
        path: '/orders',
        handle: async ({ key, json }) => {
          const order = await advance(await placed(readOrderLines(await json()), key));
          return replyOf(order);
        },
      },
      {
        method: 'GET',
        path: '/orders/:id',
        handle: ({ params }) => {
          const order = orders.find(params['id'] ?? '');
          if (order === undefined) throw new Problem(404, `There is no order ${params['id']}.`);
          return { body: viewOf(order) };
        },
      },
    ],
    close: async () => {
      await stopResuming?.();
      database.close();
    },
  };
});

/** What a customer is told of a stage. */
const statusOf: Readonly<Record<Stage, 'confirming' | 'confirmed' | 'sold-out' | 'refused'>> = {
  placed: 'confirming',
  reserved: 'confirming',
  charged: 'confirming',
  shipped: 'confirmed',
  'sold-out': 'sold-out',
  refused: 'refused',
};

function viewOf(order: Order): Record<string, unknown> {
  return { id: order.id, status: statusOf[order.stage], totalCents: order.totalCents };
}

/** 201 when all is done, 202 when the order is taken and the rest follows, 409 when it cannot be fulfilled. */
function replyOf(order: Order): Reply {
  const status = { confirmed: 201, confirming: 202, 'sold-out': 409, refused: 409 }[statusOf[order.stage]];
  return { status, body: viewOf(order) };
}
