/** The catalog: what the shop sells, and for how much. */

import { products } from '../products.ts';
import { startService } from '../service.ts';

await startService('catalog', () => ({
  routes: [{ method: 'GET', path: '/products', handle: () => ({ body: { products } }) }],
}));
