/** A client that dies at each boundary of the outbox leaves exactly one effect, once it was started again. */
import type { LifePoint, PutPoint, RelayPoint } from '@seaworthy/protect/outbox';
import type { TransactionPoint } from '@seaworthy/protect/store';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChargingServer, type Manner } from './fixtures/charging-server.ts';
import { type Errand, runErrand } from './fixtures/errand.ts';
import { OrderPlaces } from './fixtures/order-place.ts';
import { openOrders, type StoreKind } from './fixtures/order-store.ts';
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

interface Case {
  readonly point: LifePoint | PutPoint | TransactionPoint | RelayPoint;
  /** Effects when the client has died there, before it was started again. */
  readonly left: number;
  readonly manner: Manner;
  readonly attempts?: number;
}

const answers = (point: Case['point'], left: number): Case => ({ point, left, manner: 'answers' });
const transaction = [
  answers('transaction-begun', 0),
  answers('effect-made', 0),
  answers('record-written', 0),
  answers('committed', 0),
];
const inEveryStore = [
  answers('put-stored', 0),
  answers('claimed', 0),
  answers('sent', 1),
  { point: 'rescheduled', left: 1, manner: 'loses-replies' },
  { point: 'dead-lettered', left: 0, manner: 'is-unavailable', attempts: 1 },
] satisfies readonly Case[];
const cases: Readonly<Record<StoreKind, readonly Case[]>> = {
  sqlite: [
    ...transaction,
    ...inEveryStore,
    answers('life-begun', 0),
    answers('life-ended', 1),
    answers('put-begun', 0),
    answers('removed', 1),
    { point: 'send-failed', left: 0, manner: 'is-unavailable' },
    { point: 'send-failed', left: 1, manner: 'loses-replies' },
    { point: 'rescheduled', left: 0, manner: 'is-unavailable' },
    { point: 'given-up', left: 0, manner: 'is-unavailable', attempts: 1 },
    { point: 'given-up', left: 1, manner: 'loses-replies', attempts: 1 },
  ],
  redis: inEveryStore,
  postgres: [...transaction, ...inEveryStore],
};

async function die(errand: Errand): Promise<NodeJS.Signals | null> {
  const child = startChild('order-and-die.ts', JSON.stringify(errand));
  child.once('message', () => child.send('go'));
  return (await ended(child)).signal;
}

describe.each(['sqlite', 'redis', 'postgres'] as const)('a client that keeps its outbox in %s', (kind) => {
  it.each(cases[kind])(
    'killed at "$point" while the other side $manner leaves $left effects, and one in the end',
    async ({ point, left, manner, attempts = 1_000 }) => {
      const place = await places.fresh(kind);
      const errand = { kind, place, url: charging.url, orders: 1, customers: 1, attempts };
      charging.manner = manner;
      expect(await die({ ...errand, dieAt: point })).toBe('SIGKILL');
      expect(charging.count).toBe(left);
      charging.manner = 'answers';
      // What was given up, or was about to be, is for someone to decide on.
      if (attempts === 1) await runErrand(errand);
      await runErrand({ ...errand, revive: true });
      expect(charging.charges).toEqual([{ key: 'order-0', customer: 'customer-0', n: 0 }]);
      const orders = await openOrders(kind, place);
      expect(await orders.taken()).toBe(1);
      expect(await orders.outbox.count()).toEqual({ alive: 0, dead: 0 });
      await orders.close();
    },
  );
});
