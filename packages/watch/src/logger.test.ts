import { expect, test } from 'vitest';
import { EventStream } from '@seaworthy/protect';
import { logEvents } from './log-events.ts';
import { createLogger, type LoggerOptions } from './logger.ts';

function setUp(options: Partial<LoggerOptions> = {}) {
  const text: string[] = [];
  const stream = { writableLength: 0, write: (line: string) => text.push(line) };
  let now = 0;
  const clock = { now: () => now, epoch: Date.UTC(2026, 10, 24, 9) };
  return {
    stream,
    logger: createLogger({ service: 'payment', clock, stream, ...options }),
    lines: () => text.map((line) => JSON.parse(line) as Record<string, unknown>),
    text,
    tick: (ms: number) => {
      now += ms;
    },
  };
}

test('a line is one JSON object with time, level, service, message and fields', () => {
  const { logger, text, tick } = setUp();
  tick(1500);
  logger.info('charged', { order: 'o-7', amount: 1250 });
  expect(text).toEqual([
    '{"time":"2026-11-24T09:00:01.500Z","level":"info","service":"payment","message":"charged","fields":{"order":"o-7","amount":1250}}\n',
  ]);
});

test('what lies below the level is not written', () => {
  const { logger, lines } = setUp({ level: 'warn' });
  logger.debug('a');
  logger.info('b');
  logger.warn('c');
  logger.error('d');
  expect(lines().map(({ level }) => level)).toEqual(['warn', 'error']);
});

test('a line is bounded and keeps secrets, whatever it is given', () => {
  const { logger, text } = setUp();
  logger.info(`signed in with password=hunter2 ${'x'.repeat(100_000)}`, {
    headers: { authorization: 'hunter2' },
    body: 'y'.repeat(1_000_000),
    list: Array.from({ length: 10_000 }, (_, i) => i),
  });
  expect(text[0]?.length).toBeLessThan(4_000);
  expect(text[0]).not.toContain('hunter2');
  expect(text[0]?.indexOf('\n')).toBe((text[0]?.length ?? 0) - 1);
});

test('a line break within a message does not make a second line', () => {
  const { logger, text } = setUp();
  logger.info('one\n{"level":"error","message":"forged"}');
  expect(text[0]?.trimEnd().split('\n')).toHaveLength(1);
});

test('when nobody reads, lines are dropped and counted rather than kept', () => {
  const { logger, stream, lines } = setUp();
  stream.writableLength = 2 ** 21;
  for (let i = 0; i < 5; i += 1) logger.info('lost');
  expect(lines()).toEqual([]);
  stream.writableLength = 0;
  logger.info('read again');
  expect(lines()).toMatchObject([{ level: 'warn', fields: { lines: 5 } }, { message: 'read again' }]);
});

test('policy events are logged at their levels, and calls that succeed are not', () => {
  const { logger, lines } = setUp({ level: 'debug' });
  const events = new EventStream();
  const stop = logEvents(events, logger);
  const pipeline = 'inventory';
  events.emit({ type: 'call.succeeded', at: 0, pipeline, durationMs: 1, attempts: 1 });
  events.emit({ type: 'retry.succeeded', at: 0, pipeline, attempts: 2 });
  events.emit({ type: 'cache.hit', at: 0, pipeline, ageMs: 1 });
  events.emit({
    type: 'circuit-breaker.opened',
    at: 0,
    pipeline,
    from: 'closed',
    openForMs: 5000,
    because: 'half failed',
  });
  events.emit({ type: 'circuit-breaker.closed', at: 0, pipeline, from: 'half-open' });
  events.emit({ type: 'circuit-breaker.disabled', at: 0, pipeline, from: 'closed' });
  events.emit({ type: 'throttle.rejected', at: 0, pipeline, probability: 0.5 });
  events.emit({
    type: 'fallback.failed',
    at: 0,
    pipeline,
    error: new Error('down'),
    fallbackError: new Error('no'),
  });
  stop();
  events.emit({ type: 'fallback.answered', at: 0, pipeline, error: new Error('down') });
  expect(lines().map(({ level, message }) => [level, message])).toEqual([
    ['warn', 'circuit-breaker.opened'],
    ['info', 'circuit-breaker.closed'],
    ['warn', 'circuit-breaker.disabled'],
    ['warn', 'throttle.rejected'],
    ['error', 'fallback.failed'],
  ]);
  expect(lines()[0]).toMatchObject({
    fields: { pipeline: 'inventory', openForMs: 5000, because: 'half failed' },
  });
  expect(events.active).toBe(false);
});

test('a flood of one event is told a few times a second and then counted', () => {
  const { logger, lines } = setUp();
  const events = new EventStream();
  logEvents(events, logger, { linesPerSecondMax: 2 });
  const reject = (at: number, pipeline = 'a') => {
    events.emit({ type: 'circuit-breaker.rejected', at, pipeline, state: 'open', retryAfterMs: 5 });
  };
  for (let at = 0; at < 1000; at += 1) reject(at);
  reject(500, 'b');
  reject(1000);
  reject(1001);
  expect(lines().map(({ fields }) => fields)).toMatchObject([
    { pipeline: 'a' },
    { pipeline: 'a' },
    { pipeline: 'b' },
    { pipeline: 'a', untoldBefore: 998 },
    { pipeline: 'a' },
  ]);
  expect(lines()[4]?.['fields']).not.toHaveProperty('untoldBefore');
});
