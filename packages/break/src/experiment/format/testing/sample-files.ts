/** Files and faults on which the tests of the format work; nothing else uses them. */
import type { FaultDescription } from '../parts/step-shapes.ts';

/** A system of four services, one that nobody calls, with a circle of calls and two modes. */
export const systemText = `name: shop
services:
  gateway:
    start: node gateway.js --port "a b"
    port: 4000
    ready: /health
    calls: [inventory, payment]
  inventory:
    start: [node, inventory.js]
    ready: /health
    ready-within: 5s
    env: { LEVEL: 3, DEBUG: true, NAME: x }
    calls: gateway
  payment:
    start: node payment.js
    ready: /ready
  lonely:
    start: node lonely.js
    ready: /ready
modes:
  protected: { SHOP_MODE: protected }
  naive: { SHOP_MODE: naive }
`;

/** An experiment with a bit of everything. */
export const experimentText = `title: Customers can browse and buy while inventory is down
description: Inventory was down twice this year.
system: ./shop.system.yaml
steady-state:
  - probe: http
    get: \${gateway}/products
    status: 200
    contains: brass
    p99: < 300ms
  - probe: process
    service: payment
  - probe: sql
    query: SELECT count(*) FROM orders
    database: \${payment.data}/orders.db
    is: '>= 0'
load:
  rate: 200/s
  timeout: 1s
  requests:
    - name: browse
      get: \${gateway}/products
      weight: 4
    - name: checkout
      post: \${gateway}/orders
      headers: { Idempotency-Key: "\${uuid}" }
      body: { sku: brass-bell, quantity: 1 }
      status: [201, 202]
method:
  - at: 5s
    fault: kill
    target: inventory
    for: 10s
  - at: 6s
    fault: latency
    target: gateway -> payment
    delay: 400ms
    for: 4s
  - at: 20s
    fault: traffic-spike
    times: 3
    for: 2s
expect:
  - success rate of load >= 99%
  - p99 of checkout < 1s over the whole run
  - circuit-breaker inventory opens within 2s
  - circuit-breaker inventory of gateway closes within 4s
  - fallback inventory answers
  - bulkhead payment never rejects
  - retry load of inventory <= 10%
  - steady again within 5s
  - sql: SELECT count(*) FROM (SELECT 1 FROM charges GROUP BY order_id HAVING count(*) > 1)
    name: no order is charged twice
    database: \${payment.data}/payment.db
    is: 0
abort-when: success rate of load < 50% for 3s
timing: { before: 4s, after: 8s }
`;

/** Faults with every type of option. */
export const sampleFaults: readonly FaultDescription[] = [
  { name: 'kill', summary: 'kills the process', targets: ['service'], options: [] },
  {
    name: 'latency',
    summary: 'slows answers down',
    targets: ['service', 'link', 'groups'],
    options: [
      { name: 'delay', type: 'duration', default: 500, least: 1, summary: 'how much later' },
      { name: 'jitter', type: 'duration', default: 0, summary: 'how much it differs' },
    ],
    check: ({ delay, jitter }) =>
      Number(jitter) > Number(delay) ? { option: 'jitter', problem: 'must be at most `delay`' } : undefined,
  },
  {
    name: 'lost-reply',
    summary: 'drops replies',
    targets: ['link'],
    options: [{ name: 'share', type: 'fraction', summary: 'how many of them' }],
  },
  {
    name: 'exhaust-memory',
    summary: 'fills memory',
    targets: ['service'],
    options: [
      { name: 'size', type: 'size', default: 256e6, least: 1e6, most: 4e9, summary: 'how much' },
      { name: 'area', type: 'choice', choices: ['buffers', 'heap'], default: 'buffers', summary: 'where' },
      { name: 'keep-free', type: 'size', default: 0, summary: 'how much is left alone' },
    ],
  },
  {
    name: 'traffic-spike',
    summary: 'raises the load',
    targets: ['load'],
    options: [
      { name: 'times', type: 'count', default: 5, least: 1, most: 1000, summary: 'how many times' },
      { name: 'rate', type: 'rate', default: 0, summary: 'a rate in place of `times`' },
      { name: 'note', type: 'text', default: '', summary: 'a remark' },
    ],
  },
];
