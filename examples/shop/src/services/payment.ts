/** Payment: charges the customer. With an `Idempotency-Key` a request may be repeated and charges once. */

import { Problem } from '../problem.ts';
import { startService } from '../service.ts';
import type { ChargeRequest } from '../stores/charge.ts';
import { openCharges } from '../stores/charges.ts';

await startService('payment', async ({ config }) => {
  const charges = await openCharges(config.dataFolder, config.records);
  return {
    routes: [
      {
        method: 'POST',
        path: '/charges',
        handle: async ({ key, json }) => {
          const { reply, replayed } = await charges.charge(readCharge(await json()), key);
          return { status: 201, headers: replayed ? { 'idempotent-replayed': 'true' } : {}, body: reply };
        },
      },
    ],
    close: () => charges.close(),
  };
});

function readCharge(body: unknown): ChargeRequest {
  const { orderId, amountCents } = (body ?? {}) as Partial<ChargeRequest>;
  if (typeof orderId !== 'string' || !/^[\w-]{1,64}$/.test(orderId)) {
    throw new Problem(400, 'Expected `orderId` to be an order number.');
  }
  if (!Number.isInteger(amountCents) || Number(amountCents) <= 0) {
    throw new Problem(400, 'Expected `amountCents` to be a whole number above 0.');
  }
  return { orderId, amountCents: Number(amountCents) };
}
