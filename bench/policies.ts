/** Each policy beside the same policy of others, around an asynchronous function that returns at once. */
import {
  bulkhead,
  circuitBreaker,
  exponential,
  fallback,
  pipeline,
  type Policy,
  retry,
  timeout,
} from '@seaworthy/protect';
import { cache } from '@seaworthy/protect/cache';
import { rateLimit } from '@seaworthy/protect/overload';
import Bottleneck from 'bottleneck';
import {
  bulkhead as peerBulkhead,
  circuitBreaker as peerBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  fallback as peerFallback,
  handleAll,
  retry as peerRetry,
  SamplingBreaker,
  timeout as peerTimeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import { LRUCache } from 'lru-cache';
import Opossum from 'opossum';
import pLimit from 'p-limit';
import PQueue from 'p-queue';
import pRetry from 'p-retry';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Subject } from './measure.ts';

/** One comparison: ours first. */
export interface Comparison {
  readonly what: string;
  readonly ours: Subject;
  readonly peers: readonly Subject[];
  /** Ours may cost at most this share of the fastest peer. */
  readonly goal: number;
}

export const work = async (): Promise<number> => 1;

/** Our pipeline of some policies. */
export function ours(name: string, ...policies: Policy[]): Subject {
  const line = pipeline(name, policies, { idempotent: true });
  return { name: 'seaworthy', call: () => line.run(work) };
}

const breakerOfFive = () =>
  peerBreaker(handleAll, { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(5) });
const peerFive = () =>
  wrap(
    peerFallback(handleAll, 1),
    peerRetry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() }),
    breakerOfFive(),
    peerBulkhead(10, 10),
    peerTimeout(1_000, TimeoutStrategy.Cooperative),
  );

/** The five policies that most calls have. */
export const fivePolicies = (): Policy[] => [
  fallback(1),
  retry({ attempts: 3, backoff: exponential() }),
  circuitBreaker({ consecutiveFailures: 5, window: { calls: 20 }, openFor: '1s' }),
  bulkhead({ concurrency: 10, queue: 10 }),
  timeout('1s'),
];

const peer = (name: string, call: () => Promise<unknown>): Subject => ({ name, call });

/** All comparisons. */
export function comparisons(): readonly Comparison[] {
  const retrying = peerRetry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() });
  const consecutive = breakerOfFive();
  const sampling = peerBreaker(handleAll, {
    halfOpenAfter: 1_000,
    breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
  });
  const bulkheading = peerBulkhead(10, 10);
  const timing = peerTimeout(1_000, TimeoutStrategy.Cooperative);
  const falling = peerFallback(handleAll, 1);
  const five = peerFive();
  const opossum = new Opossum(work, { timeout: 1_000 });
  const limit = pLimit(10);
  const queue = new PQueue({ concurrency: 10 });
  const bottleneck = new Bottleneck({ maxConcurrent: 10 });
  const limiter = new RateLimiterMemory({ points: 1e9, duration: 1 });
  const remembered = new LRUCache<string, number>({ max: 1_000, ttl: 60_000, fetchMethod: work });
  const caching = pipeline('cache', [cache({ ttl: '1m' })]);
  return [
    {
      what: 'retry',
      ours: ours('retry', retry()),
      goal: 1,
      peers: [peer('cockatiel', () => retrying.execute(work)), peer('p-retry', () => pRetry(work))],
    },
    {
      what: 'breaker, consecutive failures',
      ours: ours('consecutive', circuitBreaker({ consecutiveFailures: 5, window: { calls: 20 } })),
      goal: 1,
      peers: [peer('cockatiel', () => consecutive.execute(work))],
    },
    {
      what: 'breaker, failure rate in 10 s',
      ours: ours('sampling', circuitBreaker({ failureRate: 0.5, window: '10s' })),
      goal: 1,
      peers: [peer('cockatiel', () => sampling.execute(work))],
    },
    {
      what: 'bulkhead',
      ours: ours('bulkhead', bulkhead({ concurrency: 10, queue: 10 })),
      goal: 1,
      peers: [
        peer('cockatiel', () => bulkheading.execute(work)),
        peer('p-limit', () => limit(work)),
        peer('p-queue', () => queue.add(work)),
        peer('bottleneck', () => bottleneck.schedule(work)),
      ],
    },
    {
      what: 'time-out',
      ours: ours('timeout', timeout('1s')),
      goal: 1,
      peers: [peer('cockatiel', () => timing.execute(work))],
    },
    {
      what: 'fallback',
      ours: ours('fallback', fallback(1)),
      goal: 1,
      peers: [peer('cockatiel', () => falling.execute(work))],
    },
    {
      what: 'rate limit',
      ours: ours('limit', rateLimit({ limit: 1_000_000_000 })),
      goal: 1,
      peers: [
        peer('rate-limiter-flexible', async () => {
          await limiter.consume('all');
          return work();
        }),
      ],
    },
    {
      what: 'cache, hit',
      ours: peer('seaworthy', () => caching.run(work, { cacheKey: 'a' })),
      goal: 1,
      peers: [peer('lru-cache fetch', () => remembered.fetch('a'))],
    },
    {
      what: 'breaker and time-out',
      ours: ours('two', circuitBreaker(), timeout('1s')),
      goal: 1 / 3,
      peers: [peer('opossum', () => opossum.fire())],
    },
    {
      what: 'all five',
      ours: ours('five', ...fivePolicies()),
      goal: 1 / 15,
      peers: [peer('cockatiel', () => five.execute(work))],
    },
    rejections(),
  ];
}

/** Calls that an open breaker turns away: what runs under overload. */
function rejections(): Comparison {
  const breaker = circuitBreaker();
  const open = pipeline('open', [breaker]);
  open.machine(breaker).isolate(0);
  const peerOpen = breakerOfFive();
  peerOpen.isolate();
  const opossum = new Opossum(work, { timeout: false });
  opossum.open();
  const caught = (run: () => Promise<unknown>) => () => run().catch(() => {});
  return {
    what: 'rejection by an open breaker',
    ours: peer(
      'seaworthy',
      caught(() => open.run(work)),
    ),
    goal: 1,
    peers: [
      peer(
        'cockatiel',
        caught(() => peerOpen.execute(work)),
      ),
      peer(
        'opossum',
        caught(() => opossum.fire()),
      ),
    ],
  };
}

/** All five around work that waits. */
export function pendingPair(): readonly {
  readonly name: string;
  start: (work: () => Promise<unknown>) => Promise<unknown>;
}[] {
  const roomy = (): Policy[] => [
    ...fivePolicies().slice(0, 3),
    bulkhead({ concurrency: 20_000 }),
    timeout('1m'),
  ];
  const line = pipeline('pending', roomy(), { idempotent: true });
  const other = wrap(
    peerFallback(handleAll, 1),
    peerRetry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() }),
    breakerOfFive(),
    peerBulkhead(20_000),
    peerTimeout(60_000, TimeoutStrategy.Cooperative),
  );
  return [
    { name: 'seaworthy', start: (pending) => line.run(pending) },
    { name: 'cockatiel', start: (pending) => other.execute(pending) },
  ];
}
