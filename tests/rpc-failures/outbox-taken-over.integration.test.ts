/** A client that is killed or frozen, and another that takes over what it was sending, on every store. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChargingServer } from './fixtures/charging-server.ts';
import { type Errand, runErrand } from './fixtures/errand.ts';
import { OrderPlaces } from './fixtures/order-place.ts';
import { openOrders } from './fixtures/order-store.ts';
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

const once = [{ key: 'order-0', customer: 'customer-0', n: 0 }];

function start(errand: Errand) {
  const child = startChild('order-and-die.ts', JSON.stringify(errand));
  child.once('message', () => child.send('go'));
  return { child, end: ended(child) };
}

describe.each(['sqlite', 'redis', 'postgres'] as const)('with the outbox in %s', (kind) => {
  it('an intent is sent by another client when the lease of a killed one is over, and not before', async () => {
    const place = await places.fresh(kind);
    const errand = { kind, place, url: charging.url, orders: 1, customers: 1, leaseMs: 3_000 };
    const killed = start({ ...errand, client: 'killed', dieAt: 'claimed' });
    expect((await killed.end).signal).toBe('SIGKILL');
    const diedAt = performance.now();
    await runErrand({ ...errand, client: 'other' });
    // Its last sign of life was before its death, when it began.
    expect(performance.now() - diedAt).toBeGreaterThan(1_000);
    expect(charging.charges).toEqual(once);
  });

  it('an intent is sent by a third client when the one that was to take it over died as well', async () => {
    const place = await places.fresh(kind);
    const errand = { kind, place, url: charging.url, orders: 1, customers: 1, leaseMs: 500 };
    expect((await start({ ...errand, client: 'first', dieAt: 'claimed' }).end).signal).toBe('SIGKILL');
    expect((await start({ ...errand, client: 'second', dieAt: 'found-dead' }).end).signal).toBe('SIGKILL');
    expect(charging.count).toBe(0);
    await runErrand({ ...errand, client: 'third' });
    expect(charging.charges).toEqual(once);
  });

  it('a frozen client that wakes finds that another has sent it, and changes nothing', async () => {
    const place = await places.fresh(kind);
    const errand = { kind, place, url: charging.url, orders: 1, customers: 1, leaseMs: 500 };
    charging.manner = 'hangs';
    const asked = new Promise<void>((resolve) => {
      charging.onAsked = resolve;
    });
    const frozen = start({ ...errand, client: 'frozen' });
    await asked;
    frozen.child.kill('SIGSTOP');
    charging.manner = 'answers';
    await runErrand({ ...errand, client: 'other' });
    expect(charging.charges).toEqual(once);
    frozen.child.kill('SIGCONT');
    expect(await frozen.end).toEqual({ code: 0, signal: null });
    expect(charging.charges).toEqual(once);
    const orders = await openOrders(kind, place);
    expect(await orders.outbox.count()).toEqual({ alive: 0, dead: 0 });
    await orders.close();
  });
});
