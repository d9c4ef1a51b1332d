import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { virtualRuntime } from '../testing/index.ts';
import { criticalityOf, withCriticality } from './baggage.ts';
import { contextHeaders } from './context-headers.ts';
import { type IncomingOptions, readIncoming } from './incoming.ts';

const none = () => undefined;
const first = { deadline: Infinity, attempt: 1 };

describe('the headers of an attempt', () => {
  it('are none where there is nothing to tell', () => {
    expect(contextHeaders({ remainingMs: Infinity, handedDown: first })).toEqual({});
  });

  it('tell whole milliseconds, never more than are left, and never 0, which would be no limit to Envoy', () => {
    const told = (remainingMs: number) =>
      contextHeaders({ remainingMs, handedDown: first }, none)['x-envoy-expected-rq-timeout-ms'];
    expect([1_234.9, 1.2, 0.4, 0].map(told)).toEqual(['1234', '1', '1', '1']);
  });

  it('keep a shorter time that the request has already, and no longer or broken one', () => {
    const told = (value: string) =>
      contextHeaders({ remainingMs: 500, handedDown: first }, () => value)['seaworthy-timeout-ms'];
    expect(['100', '900', 'soon', '-1'].map(told)).toEqual(['100', '500', '500', '500']);
  });
});

describe('criticality in baggage', () => {
  it('is read as it was written, among any others', () => {
    expect(withCriticality(undefined, 'CRITICAL')).toBe('criticality=CRITICAL');
    expect(withCriticality('a=1;p=2, criticality = SHEDDABLE ,b=2', 'CRITICAL')).toBe(
      'a=1;p=2,b=2,criticality=CRITICAL',
    );
    expect(criticalityOf('a=1, criticality = SHEDDABLE ;ttl=3 ,b=2')).toBe('SHEDDABLE');
  });

  it('is none where it is none of the four, or cannot be read', () => {
    for (const baggage of [undefined, '', 'criticality', 'criticality=URGENT', 'x-criticality=CRITICAL']) {
      expect(criticalityOf(baggage)).toBeUndefined();
    }
  });

  it('never makes baggage longer than may be passed on', () => {
    const long = `a=${'x'.repeat(8_192)}`;
    expect(withCriticality(long, 'CRITICAL')).toBe(long);
    expect(criticalityOf(`${long},criticality=CRITICAL`)).toBeUndefined();
  });
});

describe('what a request brought along', () => {
  const all = {
    'x-envoy-expected-rq-timeout-ms': '3000',
    'seaworthy-timeout-ms': '2000',
    'x-envoy-attempt-count': '1',
    'seaworthy-attempt': '3',
    baggage: ['user=7', 'criticality=CRITICAL_PLUS'],
    'idempotency-key': '"order-7"',
  };
  const read = (headers: Parameters<typeof readIncoming>[0], options: IncomingOptions = {}) => {
    const runtime = virtualRuntime();
    return { runtime, incoming: readIncoming(headers, { runtime, ...options }) };
  };

  it('is read from a trusted caller: the shorter time, the higher attempt', async () => {
    const { runtime, incoming } = read(all, { trusted: true });
    expect(incoming).toMatchObject({ attempt: 3, criticality: 'CRITICAL_PLUS', key: 'order-7' });
    expect(incoming.remainingMs).toBe(2_000);
    await runtime.time.advance(1_500);
    expect(incoming.remainingMs).toBe(500);
    await runtime.time.advance(1_500);
    expect(incoming.remainingMs).toBe(0);
  });

  it('is clamped from anyone else: a deadline that is no longer than allowed, and nothing more', () => {
    const { incoming } = read(new Headers({ ...all, baggage: 'criticality=CRITICAL_PLUS' }), {
      timeoutMax: '1s',
    });
    expect(incoming).toMatchObject({
      remainingMs: 1_000,
      attempt: 1,
      criticality: undefined,
      key: 'order-7',
    });
  });

  it('is the longest time allowed where the caller says nothing, and none where there is none', () => {
    expect(read({}, { timeoutMax: '5s' }).incoming.remainingMs).toBe(5_000);
    const { incoming } = read({});
    expect(incoming).toMatchObject({ remainingMs: Infinity, attempt: 1, key: undefined });
  });

  it('is ambient for what runs within', () => {
    const { runtime, incoming } = read(all, { trusted: true });
    expect(incoming.run(() => runtime.ambient.get())).toEqual(incoming.handedDown);
    expect(incoming.handedDown).toEqual({ deadline: 2_000, attempt: 3, criticality: 'CRITICAL_PLUS' });
  });

  it('has a key, or an error that says what is wrong with it, once that is asked for', () => {
    const { incoming } = read({ 'idempotency-key': '"a", "b"' });
    expect(() => incoming.key).toThrow('Idempotency-Key');
  });

  it('is never an error, nor more than a request may have, whatever the headers say', () => {
    const text = fc.oneof(fc.string(), fc.integer().map(String));
    fc.assert(
      fc.property(text, text, text, (timeout, attempt, baggage) => {
        const headers = { 'seaworthy-timeout-ms': timeout, 'seaworthy-attempt': attempt, baggage };
        const { incoming } = read(headers, { trusted: true, timeoutMax: 100 });
        expect(incoming.remainingMs).toBeLessThanOrEqual(100);
        expect(incoming.attempt).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('is not read with options that cannot be right', () => {
    // @ts-expect-error -- no duration
    expect(() => readIncoming({}, { timeoutMax: 'soon' })).toThrow('Expected `timeoutMax`');
    // @ts-expect-error -- an option that there is not
    expect(() => readIncoming({}, { trust: true })).toThrow('keys among');
  });
});
