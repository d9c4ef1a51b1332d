/** Recommendations: what goes well with a product. Nice to have, and nothing depends on it. */

import { productsReader } from '../products-reader.ts';
import { recommendationsPipelines } from '../pipelines.ts';
import { Problem } from '../problem.ts';
import type { Product } from '../products.ts';
import { startService } from '../service.ts';

const shownMax = 3;

await startService('recommendations', ({ config }) => {
  const { catalog } = recommendationsPipelines(config.mode);
  const readProducts = productsReader(catalog, config.urlOf('catalog'));
  return {
    routes: [
      {
        method: 'GET',
        path: '/recommendations/:sku',
        handle: async ({ params }) => {
          const all = await readProducts();
          const product = all.find(({ sku }) => sku === params['sku']);
          if (product === undefined) throw new Problem(404, `There is no product ${params['sku']}.`);
          return { body: { skus: alike(product, all) } };
        },
      },
    ],
  };
});

/** The products that share most with this one; a shared tag counts more the fewer products have it. */
function alike(product: Product, all: readonly Product[]): readonly string[] {
  const howMany = (tag: string): number => all.filter(({ tags }) => tags.includes(tag)).length;
  return all
    .filter(({ sku }) => sku !== product.sku)
    .map((other) => {
      const shared = other.tags.filter((tag) => product.tags.includes(tag));
      return { sku: other.sku, score: shared.reduce((sum, tag) => sum + 1 / howMany(tag), 0) };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, shownMax)
    .map(({ sku }) => sku);
}
