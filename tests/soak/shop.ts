/** What the soak drives: two pipelines, one calling the other, that hold every policy between them. */
import {
  bulkhead,
  circuitBreaker,
  deadline,
  exponential,
  fallback,
  pipeline,
  retry,
  type Runtime,
  timeout,
} from '@seaworthy/protect';
import { cache, coalesce } from '@seaworthy/protect/cache';
import { hedge } from '@seaworthy/protect/hedge';
import { inject, injector } from '@seaworthy/protect/inject';
import { adaptiveLimit, loadShed, rateLimit, throttle } from '@seaworthy/protect/overload';

/** The calling side and the serving side; limits so near to the load that each policy has to act now and then. */
export function shopPipelines(runtime: Runtime) {
  const chaos = injector();
  const breaker = circuitBreaker({
    failureRate: 0.5,
    slowCallRate: 0.9,
    slowCall: '40ms',
    window: '200ms',
    openFor: '20ms',
    probes: 3,
    probeFailures: 1,
    ramp: '20ms',
  });
  const places = bulkhead({
    concurrency: 130,
    queue: 40,
    queueTimeout: '30ms',
    order: 'fair',
    abandoned: 'hold',
  });
  const outward = [
    fallback('instead', { on: (error) => (error as { code?: string }).code !== 'LOAD_SHED' }),
    deadline('120ms'),
    cache({ ttl: '20ms', staleWhileRevalidate: '20ms', staleIfError: '200ms', maxEntries: 50 }),
    coalesce(),
    retry({ attempts: 3, backoff: exponential({ base: '1ms', max: '8ms' }), budget: 0.2 }),
    hedge({ after: { percentile: 0.95, most: '20ms' }, budget: 0.1 }),
    throttle({ k: 3, window: '1s', rejectionMax: 0.5 }),
    breaker,
    places,
    timeout('50ms'),
    inject(chaos),
  ] as const;
  const shedder = loadShed({ concurrency: 60, queue: 30, target: '10ms', interval: '50ms' });
  const limit = adaptiveLimit({
    initial: 50,
    least: 20,
    most: 150,
    queue: 40,
    queueTimeout: '20ms',
    window: '100ms',
  });
  const inward = [
    rateLimit({
      limit: 600,
      per: '1s',
      burst: 40,
      maxWait: '10ms',
      key: ({ tenant }) => tenant,
      maxKeys: 6,
    }),
    shedder,
    limit,
    timeout('60ms'),
  ] as const;
  const out = pipeline('soak out', outward, { idempotent: true, runtime });
  const within = pipeline('soak in', inward, { runtime });
  return {
    chaos,
    out,
    within,
    /** Calls that a policy believes to be under way or waiting. */
    held: () =>
      [out.machine(places), within.machine(shedder), within.machine(limit)].reduce(
        (sum, { running, waiting }) => sum + running + waiting,
        out.running + within.running,
      ),
  };
}
