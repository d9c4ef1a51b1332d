/** What every error of ours says, and what none of them costs. */
import { describe, expect, it } from 'vitest';
import { type CallOutcome, pipeline } from '../pipeline.ts';
import { adaptiveLimit } from '../policies/adaptive-limit/index.ts';
import { bulkhead } from '../policies/bulkhead/index.ts';
import { circuitBreaker } from '../policies/circuit-breaker/index.ts';
import { deadline } from '../policies/deadline/index.ts';
import { fallback } from '../policies/fallback/index.ts';
import { inject } from '../policies/inject/index.ts';
import { loadShed } from '../policies/load-shed/index.ts';
import { rateLimit } from '../policies/rate-limit/index.ts';
import { throttle } from '../policies/throttle/index.ts';
import { timeout } from '../policies/timeout/index.ts';
import { hangs, virtualRuntime } from '../testing/index.ts';
import { OptionsError, SeaworthyError } from './errors.ts';
import type { Policy } from './layer.ts';
import type { Work } from './route.ts';

const down = () => Promise.reject(new Error('down'));

/** A policy, the work of the calls before, and that of the call that is refused. */
const raisers: readonly (readonly [code: string, Policy, before: Work<unknown>, last: Work<unknown>])[] = [
  ['TIMEOUT', timeout(10), () => 1, hangs()],
  ['DEADLINE_EXCEEDED', deadline(10), () => 1, hangs()],
  ['CIRCUIT_OPEN', circuitBreaker({ consecutiveFailures: 1 }), down, () => 1],
  ['BULKHEAD_FULL', bulkhead({ concurrency: 1 }), hangs(), () => 1],
  ['RATE_LIMITED', rateLimit({ limit: 1 }), () => 1, () => 1],
  ['LOAD_SHED', loadShed({ concurrency: 1, queue: 0 }), hangs(), () => 1],
  ['LIMIT_EXCEEDED', adaptiveLimit({ initial: 1 }), hangs(), () => 1],
  ['THROTTLED', throttle({ k: 1, minimumCalls: 1, rejectionMax: 1 }), down, () => 1],
  ['FALLBACK_FAILED', fallback(down), () => 1, down],
  ['INJECTED', inject({ id: 'f', effect: 'error' }), () => 1, () => 1],
];

describe.each(raisers)('%s', (code, policy, before, last) => {
  async function raise() {
    const runtime = virtualRuntime(5);
    const line = pipeline('stock', [policy], { runtime, idempotent: true });
    for (let i = 0; i < 20; i++) {
      void line.outcome(before);
      const ended: CallOutcome<unknown>[] = [];
      void line.outcome(last).then((outcome) => ended.push(outcome));
      await runtime.time.advance(20);
      if (ended[0]?.ok === false) return ended[0].error;
    }
    throw new Error('nothing was raised');
  }

  it('has its code, its policy, its pipeline and a message that names the pipeline', async () => {
    const error = await raise();
    expect(SeaworthyError.is(error)).toBe(true);
    expect(error).toBeInstanceOf(SeaworthyError);
    expect(error).toMatchObject({ name: 'SeaworthyError', code, policy: policy.name, pipeline: 'stock' });
    expect((error as Error).message).toContain('"stock"');
  });

  it('records no stack, which would be most of its cost under overload', async () => {
    const limit = Error.stackTraceLimit;
    expect(((await raise()) as Error).stack).not.toMatch(/^ {4}at /m);
    expect(Error.stackTraceLimit).toBe(limit);
  });
});

describe('an error of ours', () => {
  it('is known as such from another installed copy, where instanceof fails', () => {
    const foreign = Object.create({ [Symbol.for('seaworthy.error')]: true }) as object;
    expect(SeaworthyError.is(foreign)).toBe(true);
    for (const other of [new Error('x'), undefined, null, 'CIRCUIT_OPEN', { code: 'CIRCUIT_OPEN' }]) {
      expect(SeaworthyError.is(other)).toBe(false);
    }
  });

  it('keeps what led to it, whatever that is', () => {
    expect(new SeaworthyError('FALLBACK_FAILED', 'text', { cause: 0 }).cause).toBe(0);
    expect('cause' in new SeaworthyError('FALLBACK_FAILED', 'text')).toBe(false);
  });

  it('shows a wrong option shortly, whatever it is, and where it was described', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const shown = [circular, 'x'.repeat(1_000), () => {}, 10n, Symbol('s'), undefined, Number.NaN].map(
      (value) => new OptionsError('option', value, 'right').message,
    );
    for (const message of shown) expect(message.length).toBeLessThan(110);
    expect(shown[2]).toBe('Expected `option` to be right, got a function.');
    expect(new OptionsError('option', 1, 'right').stack).toMatch(/^ {4}at /m);
  });
});
