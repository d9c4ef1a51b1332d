/**
 * How the catalog is read; three services do.
 */

import { requestJson } from './http-client.ts';
import type { Remote } from './pipelines.ts';
import type { Product } from './products.ts';

/** Gives a function that reads all products from the catalog at `url`, through `catalog`. */
export function productsReader(catalog: Remote, url: string): () => Promise<readonly Product[]> {
  return async () => {
    const { body } = await catalog.run(({ signal }) =>
      requestJson<{ readonly products: readonly Product[] }>(`${url}/products`, { signal }),
    );
    return body.products;
  };
}
