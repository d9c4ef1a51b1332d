/** A client that is killed again and again, at any moment: all that it had to send arrives, once, and in its order. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { ChargingServer } from './fixtures/charging-server.ts';
import type { Errand } from './fixtures/errand.ts';
import { OrderPlaces } from './fixtures/order-place.ts';
import { keyOfOrder } from './fixtures/order-store.ts';
import { ended, startChild } from './run-child.ts';

let places: OrderPlaces;
let charging: ChargingServer;

beforeAll(async () => {
  places = await OrderPlaces.open();
});

afterAll(() => places.close());

beforeEach(async () => {
  charging = await ChargingServer.start();
});

afterEach(() => charging.stop());

/** A process that is loaded, and begins its errand when it is told to. */
function load(errand: Errand) {
  const child = startChild('order-and-die.ts', JSON.stringify(errand));
  const loaded = new Promise((resolve) => void child.once('message', resolve));
  return { child, begin: async () => (await loaded, void child.send('go')), ended: ended(child) };
}

it.each([
  ['sqlite', 1_000, 50],
  ['redis', 400, 20],
  ['postgres', 400, 20],
] as const)(
  'on %s, %i intents of a client that is killed %i times arrive once',
  async (kind, orders, kills) => {
    const errand = { kind, place: await places.fresh(kind), url: charging.url, orders, customers: 25 };
    let next = load(errand);
    for (let kill = 0; kill <= kills; kill++) {
      const now = next;
      if (kill < kills) next = load(errand);
      await now.begin();
      if (kill === kills) {
        expect(await now.ended).toEqual({ code: 0, signal: null });
        break;
      }
      // Spread over all that is to be done; each life gets something done, and then dies in the midst of it.
      const enough = Math.floor(((kill + 1) * orders) / (kills + 1));
      await charged(enough);
      await new Promise((resolve) => setTimeout(resolve, (kill * 7) % 12));
      now.child.kill('SIGKILL');
      expect((await now.ended).signal).toBe('SIGKILL');
    }

    const { charges } = charging;
    expect(charges).toHaveLength(orders);
    expect(charges.map(({ key }) => key).toSorted()).toEqual(
      Array.from({ length: orders }, (_, n) => keyOfOrder({ n, customer: '' })).toSorted(),
    );
    for (const [, ofCustomer] of Map.groupBy(charges, ({ customer }) => customer)) {
      const numbers = ofCustomer.map(({ n }) => n);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
    // That the kills met it at work is seen by what had to be sent again.
    expect(charging.requests).toBeGreaterThan(orders);
  },
);

/** Resolves when there are so many effects. */
function charged(count: number): Promise<void> {
  return new Promise((resolve) => {
    charging.onAnswered = () => {
      if (charging.count >= count) resolve();
    };
    charging.onAnswered();
  });
}
