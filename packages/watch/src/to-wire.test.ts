import { expect, test } from 'vitest';
import { readServiceMessage } from './read-message.ts';
import { toWireEvent } from './to-wire.ts';

test('an event keeps its details, errors become plain, and the time travels apart', () => {
  const event = toWireEvent({
    type: 'fallback.failed',
    at: 12,
    pipeline: 'inventory',
    error: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
    fallbackError: 'nothing left',
  });
  expect(event).toEqual({
    type: 'fallback.failed',
    pipeline: 'inventory',
    error: { name: 'Error', message: 'refused', code: 'ECONNREFUSED' },
    fallbackError: { name: 'Thrown', message: 'nothing left' },
  });
});

test('what is undefined is left out', () => {
  const event = toWireEvent({
    type: 'rate-limit.rejected',
    at: 0,
    pipeline: 'search',
    retryAfterMs: undefined,
  });
  expect(Object.keys(event).sort()).toEqual(['pipeline', 'type']);
});

test('the longest event is a line that the watcher takes', () => {
  const long = '\u0000'.repeat(100_000);
  const error = Object.assign(new Error(long), { name: long, code: long });
  const event = toWireEvent({ type: 'fallback.failed', at: 0, pipeline: long, error, fallbackError: error });
  const line = JSON.stringify({ kind: 'event', at: 0, event });
  expect(Buffer.byteLength(line)).toBeLessThan(16 * 1024);
  expect(readServiceMessage(line)).toMatchObject({ kind: 'event' });
});
