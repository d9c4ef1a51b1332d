import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { type ReadClaim, readClaim, readCondition } from './claim-grammar.ts';
import { policyWords } from './policy-words.ts';
import { Stumble } from './words.ts';

const claimOf = (line: string): ReadClaim['claim'] => readClaim(line).claim;
const during = { phase: 'fault', request: undefined } as const;

describe('Claims about the load', () => {
  test.each([
    ['success rate of load >= 99%', 'success-rate', '>=', 0.99, during],
    ['SUCCESS-Rate   of LOAD≥99.5 %', 'success-rate', '>=', 0.995, during],
    ['p50 of load < 20ms during the fault', 'p50', '<', 20, during],
    ['p90 of load at most 0.5s', 'p90', '<=', 500, during],
    ['p99 of load below 300 ms after the fault', 'p99', '<', 300, { ...during, phase: 'after' }],
    ['max latency of load < 2s over the whole run', 'max-latency', '<', 2000, { ...during, phase: 'whole' }],
    ['p99 latency of load < 20ms', 'p99', '<', 20, during],
    ['goodput of load >= 80/s', 'goodput', '>=', 80, during],
    ['goodput of load at least 600/m', 'goodput', '>=', 10, during],
    ['p99 of checkout < 1s', 'p99', '<', 1000, { phase: 'fault', request: 'checkout' }],
  ] as const)('%s', (line, measure, operator, value, window) => {
    expect(claimOf(line)).toEqual({ kind: 'load', measure, compare: { operator, value }, window });
  });
});

describe('Claims about policies', () => {
  const claim = {
    kind: 'policy',
    policy: 'circuit-breaker',
    pipeline: 'inventory',
    service: undefined,
    eventType: 'circuit-breaker.opened',
    since: 'fault-began',
    withinMs: undefined,
    occurs: 'at-least-once',
  };
  const closed = { ...claim, eventType: 'circuit-breaker.closed' };

  test.each([
    ['circuit-breaker inventory opens', claim],
    ['breaker inventory opens within 2s', { ...claim, withinMs: 2000 }],
    ['Circuit Breaker inventory OPENS in 500 ms', { ...claim, withinMs: 500 }],
    ['inventory breaker opens within 2s', { ...claim, withinMs: 2000 }],
    ['the inventory breaker opens within 2s', { ...claim, withinMs: 2000 }],
    ['circuit breaker for inventory opens', claim],
    ['breaker opens opens', { ...claim, pipeline: 'opens' }],
    ['breaker inventory of gateway opens within 2s', { ...claim, service: 'gateway', withinMs: 2000 }],
    ['breaker inventory opens within 2s of gateway', { ...claim, service: 'gateway', withinMs: 2000 }],
    ['breaker inventory opens in gateway', { ...claim, service: 'gateway' }],
    ['breaker inventory never opens', { ...claim, occurs: 'never' }],
    ['breaker inventory stays closed', { ...claim, occurs: 'never' }],
    ['breaker inventory half-opens', { ...claim, eventType: 'circuit-breaker.half-opened' }],
    [
      'breaker inventory half opens after the fault',
      { ...claim, eventType: 'circuit-breaker.half-opened', since: 'fault-ended' },
    ],
    ['breaker inventory closes', closed],
    ['breaker inventory closes within 4s', { ...closed, since: 'fault-ended', withinMs: 4000 }],
  ])('%s', (line, expected) => {
    expect(claimOf(line)).toEqual(expected);
  });

  test.each([
    ['fallback inventory answers', 'fallback.answered'],
    ['timeout inventory expires', 'timeout.expired'],
    ['retry inventory retries', 'retry.scheduled'],
    ['retry inventory gives up', 'retry.stopped'],
    ['bulkhead inventory rejects', 'bulkhead.rejected'],
    ['load-shed inventory rejects', 'load-shed.rejected'],
    ['load shed inventory rejects', 'load-shed.rejected'],
    ['rate-limit inventory rejects', 'rate-limit.rejected'],
    ['cache inventory serves stale', 'cache.stale-served'],
    ['hedge inventory wins', 'hedge.won'],
  ])('%s is told by %s', (line, eventType) => {
    expect(claimOf(line)).toMatchObject({ pipeline: 'inventory', eventType, occurs: 'at-least-once' });
  });

  test('every policy can be spoken of by each of its names and verbs', () => {
    for (const { policy, alsoCalled, verbs, denials } of policyWords) {
      for (const name of [policy, ...alsoCalled]) {
        for (const [verb, eventType] of Object.entries(verbs)) {
          expect(claimOf(`${name} stock ${verb}`)).toMatchObject({ policy, eventType, pipeline: 'stock' });
          expect(claimOf(`${name} stock never ${verb}`)).toMatchObject({ eventType, occurs: 'never' });
        }
        for (const [verb, eventType] of Object.entries(denials)) {
          expect(claimOf(`${name} stock ${verb}`)).toMatchObject({ eventType, occurs: 'never' });
        }
      }
    }
  });
});

describe('Other claims', () => {
  test('retry load', () => {
    const compare = { operator: '<=', value: 0.1 };
    const claim = { kind: 'retry-load', pipeline: 'inventory', service: undefined, compare };
    expect(claimOf('retry load of inventory <= 10%')).toEqual(claim);
    expect(claimOf('retry load of inventory of gateway <= 10%')).toEqual({ ...claim, service: 'gateway' });
  });

  test('retries may add more than the whole load', () => {
    expect(claimOf('retry load of inventory <= 200%')).toMatchObject({ compare: { value: 2 } });
  });

  test('steady again', () => {
    expect(claimOf('steady again within 5s')).toEqual({ kind: 'steady-again', withinMs: 5000 });
  });
});

describe('Abort conditions', () => {
  test('hold for a time', () => {
    expect(readCondition('success rate of load < 50% for 3s')).toEqual({
      measure: 'success-rate',
      compare: { operator: '<', value: 0.5 },
      request: undefined,
      forMs: 3000,
    });
  });

  test('may leave the time to the default', () => {
    expect(readCondition('p99 of checkout > 2s')).toMatchObject({
      measure: 'p99',
      request: { name: 'checkout', start: 7 },
      forMs: undefined,
    });
  });
});

describe('A line that is not understood', { timeout: 60_000 }, () => {
  test('is always told by a stumble within the line, never by another error', () => {
    const word = fc.constantFrom(
      ...'success rate p99 goodput of load inventory breaker circuit-breaker opens never within 2s in >= < 99% 99 % retry steady again fallback answers after the fault - : é 5'.split(
        ' ',
      ),
    );
    const line = fc.oneof(
      fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
      fc.string({ maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    fc.assert(
      fc.property(line, (text) => {
        for (const read of [readClaim, readCondition]) {
          try {
            read(text);
          } catch (error) {
            expect(error).toBeInstanceOf(Stumble);
            const { start, length, message } = error as Stumble;
            expect(start).toBeGreaterThanOrEqual(0);
            expect(length).toBeGreaterThanOrEqual(1);
            expect(start).toBeLessThanOrEqual(Math.max(0, text.length - 1));
            expect(message).toContain('For example: `');
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    [
      'error rate of load < 1%',
      '`error rate` is not how such a line begins. Did you mean `success rate`? For example: `success rate of load >= 99%`.',
    ],
    [
      'throughput of load > 5/s',
      '`throughput` is not how such a line begins. Did you mean `goodput`? For example: `goodput of load >= 80/s`.',
    ],
    [
      'p95 of load < 5ms',
      '`p95` is not how such a line begins. Did you mean `p99`? For example: `p99 of load < 300ms`.',
    ],
    [
      'steady state within 5s',
      '`steady state` is not how such a line begins. Did you mean `steady again`? For example: `steady again within 5s`.',
    ],
    [
      'cache stock serves fresh',
      'Understood `cache stock`, but then found `serves` where `serves stale`, `hits`, `misses` or `never` should be. Did you mean `serves stale`? For example: `cache inventory serves stale`.',
    ],
    [
      'breaker stock opens within 2s within 3s',
      'Understood `breaker stock opens within 2s`, but then found `within` where `of`, `in`, `after the fault` or the end of the line should be. For example: `circuit-breaker inventory opens within 2s`.',
    ],
    [
      'inventory opens within 2s',
      '`inventory` is not how such a line begins. It begins with a policy such as `circuit-breaker` or `fallback`. For example: `circuit-breaker inventory opens`.',
    ],
    [
      'circuit-breaker opens within 2s',
      "Understood `circuit-breaker`, but then found `opens` where a pipeline's name should be. For example: `circuit-breaker inventory opens`.",
    ],
    [
      'breaker stock does not open',
      'Understood `breaker stock`, but then found `does not` where `opens`, `half-opens`, `closes`, `rejects`, `stays closed` or `never` should be. Did you mean `never`? For example: `circuit-breaker inventory opens`.',
    ],
    [
      'breaker stock never opens within 2s',
      'Understood `breaker stock never opens`, but then found `within` where `of`, `in`, `after the fault` or the end of the line should be. For example: `circuit-breaker inventory never opens of gateway`.',
    ],
    [
      '',
      'Nothing was understood, but then the line ends where `success rate`, `goodput`, `p99`, `steady again`, `retry load` or a policy such as `circuit-breaker` should be. For example: `success rate of load >= 99%`.',
    ],
  ])('%s', (line, message) => {
    expect(() => readClaim(line)).toThrow(message);
  });

  test('is given an example that is right', () => {
    for (const line of [
      'sucess rate of load',
      'breaker x opns',
      'retry load inventory',
      'steady soon',
      'p99 of load',
    ]) {
      let message = '';
      try {
        readClaim(line);
      } catch (error) {
        message = (error as Error).message;
      }
      const example = /For example: `([^`]+)`/.exec(message)?.[1] ?? '';
      expect(() => readClaim(example), message).not.toThrow();
    }
  });
});
