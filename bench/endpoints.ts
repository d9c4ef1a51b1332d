/**
 * What choosing a server costs: `node --conditions=@seaworthy/source bench/endpoints.ts`. Nothing here is a test; the
 * figures are what this machine saw today, in nanoseconds, the median of many short rounds.
 */
import { pipeline, retry, timeout } from '@seaworthy/protect';
import { type Balance, endpoints, EndpointSet, readEndpointsOptions } from '@seaworthy/protect/endpoints';
import { type Subject, timeCalls } from './measure.ts';

const batch = 100;

/** Picks a server and records its outcome, a hundred times. */
function picks(balance: Balance, servers: number): Subject {
  const set = new EndpointSet(readEndpointsOptions({ source: [], balance }).set, Math.random);
  set.update(
    Array.from({ length: servers }, (_, i) => ({ url: `http://host${i}` })),
    0,
  );
  let now = 0;
  const call = async () => {
    for (let i = 0; i < batch; i++) {
      now += 0.01;
      const endpoint = set.pick(now)!;
      set.record(endpoint, 'succeeded', 5 + (i % 7), now);
    }
  };
  return { name: `pick and record, ${balance} of ${servers}`, call };
}

const work = async () => 1;
const inventory = endpoints('inventory', { source: ['http://a', 'http://b', 'http://c'] });
const line = pipeline('line', [retry(), timeout('1s')], { idempotent: true });

const balances: readonly Balance[] = ['least-latency', 'random', 'round-robin'];
const batches = balances.flatMap((balance) => [picks(balance, 3), picks(balance, 1_000)]);
const calls: readonly Subject[] = [
  { name: 'the work alone', call: work },
  { name: 'call', call: () => inventory.call(work) },
  { name: 'a pipeline: retry, time-out', call: () => line.run(work) },
  { name: 'a pipeline, and call within', call: () => line.run((attempt) => inventory.call(work, attempt)) },
];

for (const [{ name }, ns] of await timeCalls([...batches, ...calls])) {
  const each = name.startsWith('pick') ? ns / batch : ns;
  console.log(`${each.toFixed(0).padStart(6)} ns  ${name}`);
}
