/** The experiments of the model's Game Day: what each fault does to a request, with policies and without. */

import type { FaultLabel } from '@seaworthy/break/journal';
import type { ModelResult, ModelSystem } from './model-load.ts';

/** How the shop's calls are made. */
export type Mode = 'protected' | 'naive';

/** A policy's place. */
export interface Speaker {
  readonly caller: string;
  readonly pipeline: string;
}

/** One experiment of the model: what its fault does to requests, with policies and without. */
export interface Scene {
  readonly title: string;
  readonly description: string;
  readonly faults: readonly Omit<FaultLabel, 'id'>[];
  /** The policies that the faults concern: which service has them, around which call. */
  readonly speakers: readonly Speaker[];
  readonly measure: readonly [measure: string, before: string, during: string];
  readonly expectations: readonly string[];
  readonly during: Readonly<Record<Mode, ModelSystem>>;
  /** How long the naive shop needs to come back. */
  readonly naiveTailMs: number;
  readonly rateTimes?: number;
}

const good = (latencyMs: number): ModelResult => ({ kind: 'good', latencyMs });
const bad = (reason: string, latencyMs = 4): ModelResult => ({ kind: 'bad', reason, latencyMs });
const timedOut: ModelResult = { kind: 'timed-out', latencyMs: 2_000 };
const around = (medianMs: number, random: () => number) =>
  medianMs * Math.exp((random() + random() - 1) * 1.1);

/** The system without a fault. */
export const calm: ModelSystem = (random) => good(around(7, random));
/** Policies: slow for a moment until the breaker opens, then answered by fallbacks. */
const guarded: ModelSystem = (random, sinceMs) =>
  sinceMs < 1_000 ? good(around(310, random)) : good(around(5, random));
const refused: ModelSystem = (random) => (random() < 0.55 ? bad('status 502') : good(around(9, random)));
const waiting: ModelSystem = (random) => (random() < 0.7 ? timedOut : good(around(60, random)));
const slowed: ModelSystem = (random) => (random() < 0.2 ? timedOut : good(around(900, random)));
/** Sheds what is beyond 300 a second; the way in is five times as wide. */
const shed: ModelSystem = (random) => (random() < 0.5 ? good(around(38, random)) : bad('status 503', 2));
const swamped: ModelSystem = (random, sinceMs) =>
  random() < Math.min(0.93, sinceMs / 3_000) ? timedOut : good(Math.min(1_900, 40 + sinceMs / 3));

const common = (call: string): string[] => [
  'success rate of load >= 99%',
  `circuit-breaker ${call} opens within 2s`,
  `fallback ${call} answers`,
  'steady again within 5s',
];

/** The Game Day's experiments, in order. */
export const scenes: readonly Scene[] = [
  {
    title: 'Customers can browse and buy while inventory is down',
    description:
      'A crash of the stock service must not stop the shop: stock reads as unknown, orders are taken.',
    faults: [{ fault: 'kill', target: 'inventory' }],
    speakers: [{ caller: 'gateway', pipeline: 'inventory' }],
    measure: [
      'process 4007 of inventory, and its ready path',
      'runs, 200 in 2 ms',
      'is gone, connection refused',
    ],
    expectations: common('inventory'),
    during: { protected: guarded, naive: refused },
    naiveTailMs: 700,
  },
  {
    title: 'Recommendations may hang without anyone waiting for them',
    description: 'A process that is there and says nothing is worse than one that is gone.',
    faults: [{ fault: 'hang', target: 'recommendations' }],
    speakers: [{ caller: 'gateway', pipeline: 'recommendations' }],
    measure: ['the ready path of recommendations', '200 in 2 ms', 'no answer in 1 s'],
    expectations: common('recommendations'),
    during: { protected: guarded, naive: waiting },
    naiveTailMs: 1_400,
  },
  {
    title: 'Five times the visitors: the shop serves what it can',
    description: 'What cannot be served is told so at once; nobody who was let in waits.',
    faults: [{ fault: 'traffic-spike', target: 'load' }],
    speakers: [{ caller: 'gateway', pipeline: 'door' }],
    measure: ['requests sent in a second', '118', '604'],
    expectations: [
      'goodput of load >= 200/s',
      'load-shed door rejects',
      'p99 of load < 300ms',
      'steady again within 5s',
    ],
    during: { protected: shed, naive: swamped },
    naiveTailMs: 60_000,
    rateTimes: 5,
  },
  {
    title: 'A slow catalog does not make a slow shop',
    description: 'Answers of the catalog come 900 ms late.',
    faults: [{ fault: 'latency', target: 'gateway -> catalog' }],
    speakers: [{ caller: 'gateway', pipeline: 'catalog' }],
    measure: ['mean round trip over gateway -> catalog', '2 ms', '903 ms'],
    expectations: common('catalog'),
    during: { protected: guarded, naive: slowed },
    naiveTailMs: 900,
  },
  {
    title: 'Payment is short of CPU',
    description: 'A busy neighbour takes the processor of the payment service.',
    faults: [{ fault: 'exhaust-cpu', target: 'payment' }],
    speakers: [{ caller: 'orders', pipeline: 'payment' }],
    measure: ['busy share of the event loop of payment', '4 %', '97 %'],
    expectations: common('payment'),
    during: { protected: guarded, naive: slowed },
    naiveTailMs: 500,
  },
  {
    title: 'Orders are taken while shipping cannot be reached',
    description: 'Nothing passes between orders and shipping; parcels wait, customers do not.',
    faults: [{ fault: 'partition', target: 'orders -> shipping' }],
    speakers: [{ caller: 'orders', pipeline: 'shipping' }],
    measure: ['an answer over orders -> shipping', '200 in 2 ms', 'no answer in 1 s'],
    expectations: common('shipping'),
    during: { protected: guarded, naive: waiting },
    naiveTailMs: 2_000,
  },
  {
    title: 'Lost replies of payment: one order, one charge',
    description: 'The charge happens and nobody hears of it. Whoever asks again must get the same charge.',
    faults: [{ fault: 'lost-reply', target: 'orders -> payment' }],
    speakers: [{ caller: 'orders', pipeline: 'payment' }],
    measure: ['replies over orders -> payment', '8 of 8', '3 of 8'],
    expectations: [...common('payment'), 'charges per order in the database = 1'],
    during: { protected: guarded, naive: waiting },
    naiveTailMs: 1_000,
  },
  {
    title: 'All at once',
    description: 'A bad day: inventory is gone, recommendations hang, and shipping cannot be reached.',
    faults: [
      { fault: 'kill', target: 'inventory' },
      { fault: 'hang', target: 'recommendations' },
      { fault: 'partition', target: 'orders -> shipping' },
    ],
    speakers: [
      { caller: 'gateway', pipeline: 'inventory' },
      { caller: 'gateway', pipeline: 'recommendations' },
      { caller: 'orders', pipeline: 'shipping' },
    ],
    measure: ['an answer of the target', '200 in 2 ms', 'none in 1 s'],
    expectations: common('inventory'),
    during: { protected: guarded, naive: waiting },
    naiveTailMs: 2_500,
  },
];
