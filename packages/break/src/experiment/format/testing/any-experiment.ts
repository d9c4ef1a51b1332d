import * as fc from 'fast-check';

/** Experiments of all shapes on the sample system, as plain data with the keys of a file. */
export function anyExperiment(): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(
    {
      title: sentence,
      description: sentence,
      system: fc.constant('./shop.system.yaml'),
      'steady-state': fc.array(probe, { minLength: 1, maxLength: 3 }),
      load: fc.oneof(oneRequest, severalRequests),
      method: method,
      expect: fc.array(fc.oneof(claim, sql), { minLength: 1, maxLength: 6 }),
      'abort-when': fc.oneof(abort, fc.array(abort, { maxLength: 2 })),
      timing: fc.record({ before: duration, after: fc.constant('30s') }, { requiredKeys: ['after'] }),
    },
    { requiredKeys: ['title', 'system', 'steady-state', 'load', 'method', 'expect'] },
  );
}

/** Text that YAML has to quote now and then. */
const sentence = fc
  .array(
    fc.constantFrom(
      'buy',
      'and',
      'sail:',
      '#1',
      "it's",
      '"so"',
      '- x',
      '{a}',
      '100%',
      'é',
      '&',
      '*',
      '@',
      '> 5',
      '|',
      '!',
      'yes',
      '12',
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((words) => words.join(' '));

const duration = fc
  .tuple(fc.integer({ min: 600, max: 20_000 }), fc.constantFrom('ms', 's'))
  .map(([ms, unit]) => (unit === 'ms' ? `${ms}ms` : `${ms / 1000}s`));
const service = fc.constantFrom('gateway', 'inventory', 'payment');
const address = service.map((name) => `\${${name}}/products?q=1`);
const name = fc.constantFrom('browse', 'checkout', 'look-closer', 'x1');
const status = fc.integer({ min: 200, max: 504 });

const optional = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }, required: (keyof T)[]) =>
  fc.record(model, { requiredKeys: required });

const sqlParts = {
  name: sentence,
  database: fc.constant('${payment.data}/orders.db'),
  is: fc.oneof(fc.integer({ min: -5, max: 1000 }), fc.constantFrom('>= 1', '< 3', '= 0')),
};
const query = fc.constant('SELECT count(*) FROM orders');
const sql = optional({ sql: query, ...sqlParts }, ['sql', 'database', 'is']);

const probe = fc.oneof(
  optional(
    {
      probe: fc.constant('http'),
      name: sentence,
      get: address,
      status,
      contains: fc.oneof(sentence, fc.integer(), fc.boolean()),
      p99: duration.map((text) => `< ${text}`),
      timeout: duration,
    },
    ['probe', 'get'],
  ),
  optional({ probe: fc.constant('process'), service, name: sentence }, ['probe', 'service']),
  optional({ probe: fc.constant('sql'), query, ...sqlParts }, ['probe', 'query', 'database', 'is']),
);

const requestParts = {
  headers: fc.constant({ Accept: 'application/json', 'Idempotency-Key': '${uuid}' }),
  status: fc.oneof(status, fc.array(status, { minLength: 1, maxLength: 3 })),
};
const request = fc.oneof(
  optional({ get: address, name, ...requestParts }, ['get']),
  optional(
    {
      post: address,
      name,
      body: fc.oneof(sentence, fc.constant({ sku: 'x', lines: [1, { n: '${n}' }], no: null })),
      ...requestParts,
    },
    ['post'],
  ),
);
const rate = fc.integer({ min: 1, max: 500 }).map((perSecond) => `${perSecond}/s`);
const oneRequest = fc.tuple(request, rate).map(([parts, perSecond]) => ({ ...parts, rate: perSecond }));
const severalRequests = fc.record({
  rate,
  timeout: duration,
  requests: fc
    .uniqueArray(fc.tuple(request, name, fc.integer({ min: 1, max: 9 })), {
      selector: ([, own]) => own,
      minLength: 1,
      maxLength: 4,
    })
    .map((requests) => requests.map(([parts, own, weight]) => ({ ...parts, name: own, weight }))),
});

const fault = fc.oneof(
  fc.record({ fault: fc.constant('kill'), target: service }),
  optional(
    {
      fault: fc.constant('latency'),
      target: fc.constantFrom('gateway -> payment', 'inventory -> gateway'),
      delay: duration,
      jitter: fc.constant('10ms'),
    },
    ['fault', 'target', 'delay'],
  ),
  optional(
    {
      fault: fc.constant('exhaust-memory'),
      target: service,
      size: fc.constant('64MB'),
      area: fc.constantFrom('heap', 'buffers'),
      'keep-free': fc.constant('1GiB'),
    },
    ['fault', 'target'],
  ),
  optional(
    {
      fault: fc.constant('traffic-spike'),
      target: fc.constant('load'),
      times: fc.integer({ min: 1, max: 9 }),
    },
    ['fault'],
  ),
  fc.record({
    fault: fc.constant('lost-reply'),
    target: fc.constant('gateway -> payment'),
    share: fc.constant('12.5%'),
  }),
);
/** Steps a minute apart, so that none begins while the same fault is still on. */
const method = fc
  .array(fc.tuple(fault, duration), { minLength: 1, maxLength: 4 })
  .map((steps) => steps.map(([step, lasts], index) => ({ at: `${index}m`, ...step, for: lasts })));

const claim = fc.constantFrom(
  'success rate of load >= 99%',
  'p99 of load < 300ms over the whole run',
  'goodput of load >= 80/s after the fault',
  'circuit-breaker inventory opens within 2s',
  'breaker inventory of gateway never opens',
  'fallback inventory answers',
  'retry load of inventory <= 10%',
  'steady again within 5s',
);
const abort = fc.constantFrom('success rate of load < 50% for 3s', 'p99 of load > 2s');
