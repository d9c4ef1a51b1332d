/**
 * Every remote call of the shop and what stands around it, to be read from top to bottom.
 *
 * A pipeline is read from the caller inwards: what is said when all else fails, how long the caller waits in all, how
 * often it is tried, when it is no longer tried at all, how many may be under way, and how long one try may take.
 *
 * In naive mode there is none of this. `naive` below is what many a team writes after the first call that failed.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  bulkhead,
  circuitBreaker,
  exponential,
  fallback,
  pipeline,
  retry,
  timeout,
} from '@seaworthy/protect';
import { cache, coalesce } from '@seaworthy/protect/cache';
import { loadShed, rateLimit } from '@seaworthy/protect/overload';
import type { Mode } from './config.ts';
import type { ServerOptions } from './server.ts';

// ------------------------------------------------------------------------------------------------ the gateway calls

/** What customers look at, and what they do. */
export function gatewayPipelines(mode: Mode): {
  readonly catalog: Remote;
  readonly inventory: Remote<'unknown'>;
  readonly recommendations: Remote<'resting'>;
  readonly orders: KeyedRemote;
  readonly orderStatus: Remote;
} {
  if (mode === 'naive') {
    return { catalog: naive, inventory: naive, recommendations: naive, orders: naive, orderStatus: naive };
  }
  return {
    catalog: catalogPipeline(),

    // How much there is changes all the time, so it is remembered for a blink only; without it the shop still sells.
    inventory: pipeline(
      'inventory',
      [
        fallback('unknown'),
        cache({ ttl: '250ms', key: () => 'stock' }),
        coalesce({ key: () => 'stock' }),
        timeout('800ms'),
        retry({ attempts: 2, backoff: quick, budget: 0.1 }),
        breaker(),
        bulkhead({ concurrency: 20, queue: 40 }),
        timeout('300ms'),
      ],
      { idempotent: true },
    ),

    // Nice to have: little patience, no second try, few at a time.
    recommendations: pipeline('recommendations', [
      fallback('resting'),
      breaker(),
      bulkhead({ concurrency: 10 }),
      timeout('250ms'),
    ]),

    // The call that earns the money. Nothing can stand in for its answer, so it gets patience; repeated, the same key
    // makes it the same order.
    orders: pipeline('orders', [
      timeout('4s'),
      retry({ attempts: 2, backoff: quick, budget: 0.1 }),
      breaker(),
      bulkhead({ concurrency: 20, queue: 20 }),
      timeout('3s'),
    ]),

    // The page asks again every second anyway: no second try here, and never so many that buying has to wait.
    orderStatus: pipeline('order-status', [bulkhead({ concurrency: 10, queue: 20 }), timeout('1s')]),
  };
}

/**
 * The gateway's own door. What comes in faster than the shop can serve is told so at once, which costs next to nothing;
 * what was let in is served in time. Buying goes before looking.
 */
export function gatewayAdmission(mode: Mode): ServerOptions['admit'] {
  if (mode === 'naive') return undefined;
  const door = pipeline('door', [
    rateLimit({ limit: 150, per: '1s', burst: 50 }),
    loadShed({ concurrency: 32, queue: 64, target: '50ms', interval: '200ms', eventLoopDelay: '500ms' }),
  ]);
  return ({ method, signal }, work) =>
    door.run(work, { signal, criticality: method === 'POST' ? 'CRITICAL' : 'SHEDDABLE' });
}

// -------------------------------------------------------------------------------------------------- orders calls

/** Each step of an order may be `later`: the order is written down, and goes on when the service is back. */
export function ordersPipelines(mode: Mode): {
  readonly catalog: Remote;
  readonly inventory: Remote<'later'>;
  readonly payment: KeyedRemote<'later'>;
  readonly shipping: Remote<'later'>;
} {
  if (mode === 'naive') return { catalog: naive, inventory: naive, payment: naive, shipping: naive };
  // Policies are descriptions without a state of their own: one list serves several pipelines.
  const patient = [
    fallback('later'),
    timeout('900ms'),
    retry({ attempts: 2, backoff: quick, budget: 0.1 }),
    breaker(),
    bulkhead({ concurrency: 30, queue: 30 }),
    timeout('400ms'),
  ] as const;
  return {
    catalog: catalogPipeline(),
    // Safe to repeat: an order's number stands for its reservation and for its parcel.
    inventory: pipeline('inventory', patient, { idempotent: true }),
    shipping: pipeline('shipping', patient, { idempotent: true }),
    // Not safe by itself, so it is not declared `idempotent`: `run` then asks for a key, which payment keeps with the
    // charge. A lost reply is asked for again, and no one pays twice.
    payment: pipeline('payment', patient),
  };
}

// -------------------------------------------------------------------------------------- recommendations calls

/** What recommendations compare is the catalog's. */
export function recommendationsPipelines(mode: Mode): { readonly catalog: Remote } {
  return { catalog: mode === 'naive' ? naive : catalogPipeline() };
}

// ------------------------------------------------------------------------------------------------------ shared parts

/** Goods and prices change a few times a day: seconds old is as good as new, and minutes old far better than nothing. */
function catalogPipeline(): Remote {
  return pipeline(
    'catalog',
    [
      cache({ ttl: '2s', staleWhileRevalidate: '10s', staleIfError: '10m', key: () => 'products' }),
      coalesce({ key: () => 'products' }),
      timeout('800ms'),
      retry({ attempts: 2, backoff: quick, budget: 0.1 }),
      breaker(),
      bulkhead({ concurrency: 20, queue: 40 }),
      timeout('300ms'),
    ],
    { idempotent: true },
  );
}

const quick = exponential({ base: '25ms', max: '200ms' });

/** Half of the last calls failed: stop asking for a second, then let one call through to see. */
function breaker(): ReturnType<typeof circuitBreaker> {
  return circuitBreaker({
    failureRate: 0.5,
    window: '2s',
    minimumCalls: 8,
    openFor: '1s',
    probeTimeout: '2s',
  });
}

/** A remote call, protected or not. `Substitute` is what may stand in for the answer. */
export interface Remote<Substitute = never> {
  run<T>(work: RemoteWork<T>, options?: RemoteOptions): Promise<T | Substitute>;
}

/** A remote call that must carry a key. */
export interface KeyedRemote<Substitute = never> {
  run<T>(work: RemoteWork<T>, options: RemoteOptions & { readonly key: string }): Promise<T | Substitute>;
}

interface RemoteOptions {
  readonly signal?: AbortSignal;
  readonly key?: string;
}

type RemoteWork<T> = (attempt: {
  readonly signal: AbortSignal | undefined;
  readonly key: string | undefined;
}) => Promise<T>;

/** Without the toolkit: no time limit, no key, and when it fails, the same again, three times in all. */
const naive: Remote & KeyedRemote = {
  run: async (work) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work({ signal: undefined, key: undefined });
      } catch (error) {
        if (attempt === 3) throw error;
        await sleep(100);
      }
    }
  },
};
