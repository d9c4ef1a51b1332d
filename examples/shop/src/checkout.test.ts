import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { checkout, type CheckoutSteps, type StepOutcome } from './checkout.ts';
import { openOrders, type Orders, ordersSchema } from './stores/orders.ts';

function emptyOrders(): Orders {
  const database = new DatabaseSync(':memory:');
  database.exec(ordersSchema);
  return openOrders(database);
}

const line = { lines: [{ sku: 'bell', quantity: 1 }], totalCents: 900 };

/** Steps that answer as told, and note that they were taken. */
function stepsThatSay(say: Partial<Record<keyof CheckoutSteps, StepOutcome>>): {
  taken: string[];
  steps: CheckoutSteps;
  say: Partial<Record<keyof CheckoutSteps, StepOutcome>>;
} {
  const taken: string[] = [];
  const step = (name: keyof CheckoutSteps) => async () => {
    taken.push(name);
    return say[name] ?? 'done';
  };
  return { taken, say, steps: { reserve: step('reserve'), charge: step('charge'), ship: step('ship') } };
}

describe('checkout', () => {
  it('takes an order through all steps, in order', async () => {
    const orders = emptyOrders();
    const { steps, taken } = stepsThatSay({});
    const order = await checkout(orders, steps).advance(orders.place(line, 'k-1'));
    expect(order.stage).toBe('shipped');
    expect(taken).toEqual(['reserve', 'charge', 'ship']);
    expect(orders.find(order.id)?.stage).toBe('shipped');
  });

  it('does not charge for what is not set aside', async () => {
    const orders = emptyOrders();
    const { steps, taken } = stepsThatSay({ reserve: 'later' });
    const order = await checkout(orders, steps).advance(orders.place(line, 'k-1'));
    expect(order.stage).toBe('placed');
    expect(taken).toEqual(['reserve']);
  });

  it('ends an order that is sold out, or that payment refuses', async () => {
    const orders = emptyOrders();
    const soldOut = checkout(orders, stepsThatSay({ reserve: 'sold-out' }).steps);
    expect((await soldOut.advance(orders.place(line, 'k-1'))).stage).toBe('sold-out');
    const refused = checkout(orders, stepsThatSay({ charge: 'refused' }).steps);
    expect((await refused.advance(orders.place(line, 'k-2'))).stage).toBe('refused');
    await refused.resume(10);
    expect(orders.waiting('reserved', 10)).toEqual([]);
  });

  it('goes on where an order stopped, and does no step twice', async () => {
    const orders = emptyOrders();
    const { steps, taken, say } = stepsThatSay({ charge: 'later' });
    const { advance, resume } = checkout(orders, steps);
    const { id } = await advance(orders.place(line, 'k-1'));
    say.charge = 'done';
    await resume(10);
    expect(orders.find(id)?.stage).toBe('shipped');
    expect(taken).toEqual(['reserve', 'charge', 'charge', 'ship']);
  });

  it('asks a service that is away once a round, not once for every order that waits', async () => {
    const orders = emptyOrders();
    const { steps, taken } = stepsThatSay({ ship: 'later' });
    const { advance, resume } = checkout(orders, steps);
    for (let n = 0; n < 5; n++) await advance(orders.place(line, `k-${n}`));
    taken.length = 0;
    await resume(10);
    expect(taken).toEqual(['ship']);
  });

  it('takes up all that wait once the first of them moves', async () => {
    const orders = emptyOrders();
    const { steps, say } = stepsThatSay({ ship: 'later' });
    const { advance, resume } = checkout(orders, steps);
    for (let n = 0; n < 30; n++) await advance(orders.place(line, `k-${n}`));
    say.ship = 'done';
    await resume(25);
    expect(orders.waiting('charged', 100)).toHaveLength(5);
  });

  it('takes up orders of other stages while one service is away', async () => {
    const orders = emptyOrders();
    const { steps, say } = stepsThatSay({ ship: 'later' });
    const { advance, resume } = checkout(orders, steps);
    await advance(orders.place(line, 'k-1'));
    say.charge = 'later';
    const second = await advance(orders.place(line, 'k-2'));
    say.charge = 'done';
    await resume(10);
    expect(second.stage).toBe('reserved');
    expect(orders.find(second.id)?.stage).toBe('charged');
  });

  it('gives an order that is under way as it stands, and takes no step beside the first', async () => {
    const orders = emptyOrders();
    const { steps, taken } = stepsThatSay({});
    const { advance } = checkout(orders, steps);
    const placed = orders.place(line, 'k-1');
    const [first, second] = await Promise.all([advance(placed), advance(placed)]);
    expect([first.stage, second.stage]).toEqual(['shipped', 'placed']);
    expect(taken).toEqual(['reserve', 'charge', 'ship']);
  });

  it('leaves an order where it was when a step throws, and can take it up again', async () => {
    const orders = emptyOrders();
    let broken = true;
    const { advance } = checkout(orders, {
      ...stepsThatSay({}).steps,
      charge: async () => {
        if (broken) throw new Error('no answer');
        return 'done';
      },
    });
    const placed = orders.place(line, 'k-1');
    await expect(advance(placed)).rejects.toThrow('no answer');
    expect(orders.find(placed.id)?.stage).toBe('reserved');
    broken = false;
    const found = orders.find(placed.id);
    expect(found && (await advance(found)).stage).toBe('shipped');
  });

  it('has one order for one key', () => {
    const orders = emptyOrders();
    const first = orders.place(line, 'k-1');
    expect(orders.place({ ...line, totalCents: 1 }, 'k-1')).toEqual(first);
    expect(orders.place(line, undefined).id).not.toBe(orders.place(line, undefined).id);
  });
});
