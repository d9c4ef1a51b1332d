import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readServiceMessage, readWatcherMessage } from './read-message.ts';
import type { ServiceMessage, WatcherMessage } from './wire.ts';

const count = fc.nat();
const at = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value || 0);
const id = fc.string({ maxLength: 200 });
const measured = fc
  .dictionary(fc.string({ minLength: 1 }), at, { maxKeys: 10, noNullPrototype: true })
  .filter((record) => !Object.hasOwn(record, '__proto__'));
const word = fc.stringMatching(/^[a-z-]{1,20}$/);

const serviceMessage: fc.Arbitrary<ServiceMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('hello' as const),
    version: count,
    token: fc.string({ maxLength: 256 }),
    service: fc.stringMatching(/^[\w.-]{1,64}$/),
    pid: count,
  }),
  fc.record({
    kind: fc.constant('event' as const),
    at,
    event: fc.record({
      type: fc.tuple(word, word).map(([policy, what]) => `${policy}.${what}`),
      pipeline: id,
      because: fc.string(),
    }),
  }),
  fc.record({
    kind: fc.constant('calls' as const),
    at,
    pipeline: id,
    succeeded: count,
    failed: count,
    cancelled: count,
    attempts: count,
  }),
  fc.record({ kind: fc.constant('dropped' as const), at, count }),
  fc.record({ kind: fc.constantFrom('fault.began' as const, 'fault.ended' as const), at, id, measured }),
);
const watcherMessage: fc.Arbitrary<WatcherMessage> = fc.oneof(
  fc.record({ kind: fc.constant('welcome' as const), version: count }),
  fc.record({
    kind: fc.constant('fault.begin' as const),
    id,
    fault: word,
    options: fc.constant({ share: 0.5 }),
    leaseMs: fc.integer({ min: 1 }),
  }),
  fc.record({ kind: fc.constant('fault.end' as const), id }),
);

test('every message is read as it was written', () => {
  fc.assert(
    fc.property(serviceMessage, (message) => {
      expect(readServiceMessage(JSON.stringify(message))).toEqual(message);
    }),
  );
  fc.assert(
    fc.property(watcherMessage, (message) => {
      expect(readWatcherMessage(JSON.stringify(message))).toEqual(message);
    }),
  );
});

test('what is no message is never taken for one, and never throws', () => {
  const names = [
    'kind',
    'at',
    'event',
    'id',
    'version',
    'token',
    'service',
    'pid',
    'measured',
    'options',
    'leaseMs',
  ];
  const kinds = [
    'hello',
    'event',
    'calls',
    'dropped',
    'fault.began',
    'fault.refused',
    'welcome',
    'fault.begin',
    'x',
  ];
  const nearly = fc
    .dictionary(fc.constantFrom(...names), fc.oneof(fc.constantFrom(...kinds), fc.jsonValue()), {
      maxKeys: names.length - 1,
    })
    .map((value) => JSON.stringify(value));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), nearly), (line) => {
      for (const read of [readServiceMessage, readWatcherMessage]) {
        const message = read(line);
        // What is taken is wholly of the known form: written again it is read the same.
        if (message) expect(read(JSON.stringify(message))).toEqual(message);
      }
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['a version that is no whole number', { kind: 'hello', version: 1.5, token: 't', service: 's', pid: 1 }],
  ['a service with a path for a name', { kind: 'hello', version: 1, token: 't', service: '../x', pid: 1 }],
  ['an event without a type', { kind: 'event', at: 1, event: { pipeline: 'p' } }],
  ['a type with a space', { kind: 'event', at: 1, event: { type: 'call. failed', pipeline: 'p' } }],
  [
    'a negative count',
    { kind: 'calls', at: 1, pipeline: 'p', succeeded: -1, failed: 0, cancelled: 0, attempts: 0 },
  ],
  ['a measure that is text', { kind: 'fault.began', at: 1, id: 'x', measured: { busy: '1' } }],
  ['a list', []],
])('a service may not send %s', (_, value) => {
  expect(readServiceMessage(JSON.stringify(value))).toBeUndefined();
});

test.each([
  ['a lease of nothing', { kind: 'fault.begin', id: 'x', fault: 'y', options: {}, leaseMs: 0 }],
  ['a lease that is text', { kind: 'fault.begin', id: 'x', fault: 'y', options: {}, leaseMs: '1' }],
  ['options that are a list', { kind: 'fault.begin', id: 'x', fault: 'y', options: [], leaseMs: 1 }],
])('a watcher may not send %s', (_, value) => {
  expect(readWatcherMessage(JSON.stringify(value))).toBeUndefined();
});

test('members that are not known do not get in', () => {
  const line = JSON.stringify({ kind: 'dropped', at: 1, count: 2, extra: 'x' });
  expect(readServiceMessage(line)).toEqual({ kind: 'dropped', at: 1, count: 2 });
});
