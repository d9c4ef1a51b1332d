/**
 * What is ordered, as it travels from the page to orders and on to inventory.
 */

import { Problem } from './problem.ts';

/** So many pieces of one product. */
export interface OrderLine {
  readonly sku: string;
  readonly quantity: number;
}

const linesMax = 50;
const quantityMax = 99;

/** Reads `{ lines: [{ sku, quantity }] }` and throws a {@link Problem} (400) that names what is wrong. */
export function readOrderLines(body: unknown): readonly OrderLine[] {
  const lines = (body as { lines?: unknown } | null)?.lines;
  if (!Array.isArray(lines) || lines.length === 0 || lines.length > linesMax) {
    throw new Problem(400, `Expected \`lines\` to be a list of 1 to ${linesMax} products.`);
  }
  const seen = new Set<string>();
  return lines.map((line: unknown) => {
    const { sku, quantity } = (line ?? {}) as Partial<OrderLine>;
    if (typeof sku !== 'string' || !/^[a-z0-9-]{1,40}$/.test(sku)) {
      throw new Problem(400, 'Expected each `sku` to be a product number such as "brass-bell".');
    }
    if (!Number.isInteger(quantity) || Number(quantity) < 1 || Number(quantity) > quantityMax) {
      throw new Problem(
        400,
        `Expected the quantity of ${sku} to be a whole number from 1 to ${quantityMax}.`,
      );
    }
    if (seen.has(sku)) throw new Problem(400, `${sku} is listed twice.`);
    seen.add(sku);
    return { sku, quantity: Number(quantity) };
  });
}
