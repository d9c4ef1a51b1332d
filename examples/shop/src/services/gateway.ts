/** The gateway: the page that customers see, and the only service that they reach. */

import { requestJson } from '../http-client.ts';
import { readOrderLines } from '../order-lines.ts';
import { pageRoutes } from '../page-routes.ts';
import { gatewayAdmission, gatewayPipelines } from '../pipelines.ts';
import { Problem } from '../problem.ts';
import { productsReader } from '../products-reader.ts';
import type { Handler } from '../server.ts';
import { startService } from '../service.ts';
import type { StockLevels } from '../stores/stock.ts';
import { type Notice, notices, sorry } from '../words.ts';

await startService('gateway', ({ config }) => {
  const { catalog, inventory, recommendations, orders, orderStatus } = gatewayPipelines(config.mode);
  const [inventoryUrl, recommendationsUrl, ordersUrl] = ['inventory', 'recommendations', 'orders'].map(
    config.urlOf,
  );
  const readCatalog = productsReader(catalog, config.urlOf('catalog'));
  const readProducts = () => readCatalog().catch(failWith(sorry.catalog));

  const readStock = async (): Promise<StockLevels | 'unknown'> => {
    const answer = await inventory.run(({ signal }) =>
      requestJson<{ readonly onHand: StockLevels }>(`${inventoryUrl}/stock`, { signal }),
    );
    return answer === 'unknown' ? answer : answer.body.onHand;
  };

  const readRecommendations = async (sku: string): Promise<readonly string[] | 'resting'> => {
    const url = `${recommendationsUrl}/recommendations/${encodeURIComponent(sku)}`;
    const answer = await recommendations.run(({ signal }) =>
      requestJson<{ readonly skus: readonly string[] }>(url, { signal }),
    );
    return answer === 'resting' ? answer : (answer.body.skus ?? []);
  };

  const listProducts: Handler = async () => {
    const [products, stock] = await Promise.all([readProducts(), readStock()]);
    return {
      body: {
        products: products.map(({ sku, name, priceCents, description }) => {
          return { sku, name, priceCents, description, onHand: onHand(stock, sku) };
        }),
        notices: stock === 'unknown' ? [notices.stockUnknown] : [],
      },
    };
  };

  const showProduct: Handler = async ({ params }) => {
    const sku = params['sku'] ?? '';
    const [products, stock] = await Promise.all([readProducts(), readStock()]);
    const product = products.find((other) => other.sku === sku);
    if (product === undefined) throw new Problem(404, `There is no product ${sku}.`);
    const alike = await readRecommendations(sku);
    const told: Notice[] = [];
    if (stock === 'unknown') told.push(notices.stockUnknown);
    if (alike === 'resting') told.push(notices.recommendationsResting);
    return {
      body: {
        product: { ...product, onHand: onHand(stock, sku) },
        recommendations: alike === 'resting' ? [] : products.filter((other) => alike.includes(other.sku)),
        notices: told,
      },
    };
  };

  const placeOrder: Handler = async ({ key, json }) => {
    if (key === undefined)
      throw new Problem(400, 'Send an Idempotency-Key, so that no order is placed twice.');
    const body = { lines: readOrderLines(await json()) };
    const answer = await orders
      .run(
        ({ signal, key }) =>
          requestJson<OrderView>(`${ordersUrl}/orders`, { method: 'POST', body, key, signal }),
        { key },
      )
      .catch(failWith(sorry.orders));
    return { status: answer.status, body: { ...answer.body, notices: noticesOf(answer.body) } };
  };

  const showOrder: Handler = async ({ params }) => {
    const url = `${ordersUrl}/orders/${encodeURIComponent(params['id'] ?? '')}`;
    const answer = await orderStatus
      .run(({ signal }) => requestJson<OrderView>(url, { signal }))
      .catch(failWith(sorry.orderStatus));
    return { status: answer.status, body: { ...answer.body, notices: noticesOf(answer.body) } };
  };

  return {
    admit: gatewayAdmission(config.mode),
    routes: [
      ...pageRoutes(),
      { method: 'GET', path: '/api/products', handle: listProducts },
      { method: 'GET', path: '/api/products/:sku', handle: showProduct },
      { method: 'POST', path: '/api/orders', handle: placeOrder },
      { method: 'GET', path: '/api/orders/:id', handle: showOrder },
    ],
  };
});

/** What orders says of an order. */
interface OrderView {
  readonly id: string;
  readonly status: string;
}

function onHand(stock: StockLevels | 'unknown', sku: string): number | 'unknown' {
  return stock === 'unknown' ? stock : (stock[sku] ?? 'unknown');
}

function noticesOf(order: OrderView): readonly Notice[] {
  return order.status === 'confirming' ? [notices.orderConfirming] : [];
}

/** Customers are told in their own words what went wrong; the log has the cause. */
function failWith(words: string): (cause: unknown) => never {
  return (cause) => {
    throw new Problem(503, words, { retryAfterMs: 1_000, cause });
  };
}
