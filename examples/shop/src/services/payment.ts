/** Payment: charges the customer. With an `Idempotency-Key` a request may be repeated and charges once. */

import { openDatabase } from '../database.ts';
import { Problem } from '../problem.ts';
import { startService } from '../service.ts';
import { type ChargeRequest, chargesSchema, openCharges } from '../stores/charges.ts';

await startService('payment', ({ config }) => {
  const database = openDatabase(config.dataFolder, 'payment', chargesSchema);
  const charges = openCharges(database);
  return {
    routes: [
      {
        method: 'POST',
        path: '/charges',
        handle: async ({ key, json }) => {
          const outcome = charges.charge(readCharge(await json()), key);
          if (outcome.kind === 'key-reused') {
            throw new Problem(422, 'This Idempotency-Key was used for another charge.');
          }
          return {
            status: 201,
            headers: outcome.kind === 'played-back' ? { 'idempotent-replayed': 'true' } : {},
            body: outcome.charge,
          };
        },
      },
    ],
    close: () => database.close(),
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
