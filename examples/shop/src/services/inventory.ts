/** The inventory: how much of each product there is, and what is set aside for whom. */

import { openDatabase } from '../database.ts';
import { readOrderLines } from '../order-lines.ts';
import { Problem } from '../problem.ts';
import { products } from '../products.ts';
import { startService } from '../service.ts';
import { openStock, stockSchema } from '../stores/stock.ts';

const piecesAtFirst = 20_000;

await startService('inventory', ({ config }) => {
  const database = openDatabase(config.dataFolder, 'inventory', stockSchema);
  const stock = openStock(database, Object.fromEntries(products.map(({ sku }) => [sku, piecesAtFirst])));
  return {
    routes: [
      { method: 'GET', path: '/stock', handle: () => ({ body: { onHand: stock.levels() } }) },
      {
        method: 'POST',
        path: '/reservations/:order',
        handle: async ({ params, json }) => {
          const soldOut = stock.reserve(params['order'] ?? '', readOrderLines(await json()));
          if (soldOut.length > 0) throw new Problem(409, `Sold out: ${soldOut.join(', ')}.`);
          return { status: 201, body: { reserved: true } };
        },
      },
    ],
    close: () => database.close(),
  };
});
