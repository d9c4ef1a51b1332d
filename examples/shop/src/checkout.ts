/**
 * The way of an order: set its goods aside, charge for it, book its parcel. Each step may be repeated, is written down
 * when it is done, and waits when its service does not answer: the order then stays where it is and goes on later.
 */

import type { OpenStage, Order, Orders, Stage } from './stores/orders.ts';

/** What a step says: done, not now, or never, and why not. */
export type StepOutcome = 'done' | 'later' | 'sold-out' | 'refused';

/** The three remote calls, each for one order. */
export interface CheckoutSteps {
  reserve(order: Order): Promise<StepOutcome>;
  charge(order: Order): Promise<StepOutcome>;
  ship(order: Order): Promise<StepOutcome>;
}

/** Takes orders on their way. */
export interface Checkout {
  /** Takes the order as far as it comes now; while another call is at it already, gives it as it stands. */
  readonly advance: (order: Order) => Promise<Order>;
  /** Takes up to `limit` orders of each stage on their way again, the oldest first. */
  readonly resume: (limit: number) => Promise<void>;
}

/** So many orders are taken up at once: enough to catch up quickly, and few next to those of customers who wait. */
const resumedTogether = 8;

/** Binds the steps to the book of orders. */
export function checkout(orders: Orders, steps: CheckoutSteps): Checkout {
  const underWay = new Set<string>();

  const advance = async (order: Order): Promise<Order> => {
    if (underWay.has(order.id)) return order;
    underWay.add(order.id);
    try {
      return await takeSteps(order, orders, steps);
    } finally {
      underWay.delete(order.id);
    }
  };

  return {
    advance,
    resume: async (limit) => {
      // Those that need one step more come first: they free what they hold.
      for (const stage of ['charged', 'reserved', 'placed'] as const) {
        const [scout, ...others] = orders.waiting(stage, limit).filter(({ id }) => !underWay.has(id));
        if (scout === undefined) continue;
        // When it does not move, what it waits for is still away, and the others of its stage wait for the same.
        if ((await advance(scout)).stage === stage) continue;
        while (others.length > 0) await allOf(others.splice(0, resumedTogether).map(advance));
      }
    },
  };
}

/** Waits for all of them, then throws what the first that failed threw. */
async function allOf(running: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(running)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

async function takeSteps(order: Order, orders: Orders, steps: CheckoutSteps): Promise<Order> {
  let current = order;
  while (isOpen(current.stage)) {
    const { step, next } = way[current.stage];
    const outcome = await steps[step](current);
    if (outcome === 'later') return current;
    current = orders.advance(current, outcome === 'done' ? next : outcome);
  }
  return current;
}

/** From each stage, the step that leads on, and where it leads. */
const way: Readonly<Record<OpenStage, { readonly step: keyof CheckoutSteps; readonly next: Stage }>> = {
  placed: { step: 'reserve', next: 'reserved' },
  reserved: { step: 'charge', next: 'charged' },
  charged: { step: 'ship', next: 'shipped' },
};

function isOpen(stage: Stage): stage is OpenStage {
  return stage in way;
}
