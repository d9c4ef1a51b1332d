/**
 * Log lines as JSON, one a line, the same names in every service. Small on purpose: no transport, no formatting, no
 * secrets, and a bound on every line.
 */
import type { Clock } from '@seaworthy/protect';
import { boundedJson, boundedText } from './bounded.ts';

/** How much a line matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Writes log lines. Never throws, and never waits. */
export type Logger = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

/** What a line says beside its message; secrets by name or form are left out, long values are cut. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface LoggerOptions {
  /** The name of the service, in every line. */
  readonly service: string;
  readonly clock: Clock;
  /** Where lines go: `process.stdout` by default. */
  readonly stream?: LogStream;
  /** Lines below this level are not written; `info` by default. */
  readonly level?: LogLevel;
}

/** What is needed of a stream; `process.stdout` is one. */
export interface LogStream {
  write(text: string): unknown;
  /** How many bytes wait to be written. */
  readonly writableLength: number;
}

const rank: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
/** When nobody reads the log, lines are dropped rather than gathered in memory. */
const unwrittenBytesMax = 1024 * 1024;
const messageLengthMax = 1000;

/**
 * Makes a logger.
 *
 * @example
 * const log = createLogger({ service: 'payment', clock: monotonicClock });
 * log.info('charged', { order: 'o-7', amount: 1250 });
 * // {"time":"2026-11-24T09:00:00.000Z","level":"info","service":"payment","message":"charged","fields":{"order":"o-7",...}}
 */
export function createLogger(options: LoggerOptions): Logger {
  const { service, clock, stream = process.stdout } = options;
  const least = rank[options.level ?? 'info'];
  let dropped = 0;

  const line = (level: LogLevel, message: string, fields?: LogFields) => {
    const time = new Date(clock.epoch + clock.now()).toISOString();
    const text = boundedText(message, messageLengthMax);
    return `${JSON.stringify({ time, level, service, message: text, fields: fields && boundedJson(fields) })}\n`;
  };
  const write = (level: LogLevel, message: string, fields?: LogFields) => {
    if (rank[level] < least) return;
    if (stream.writableLength > unwrittenBytesMax) {
      dropped += 1;
      return;
    }
    if (dropped > 0) {
      const lines = dropped;
      dropped = 0;
      stream.write(line('warn', 'log lines were dropped, since nobody read them in time', { lines }));
    }
    stream.write(line(level, message, fields));
  };

  return Object.freeze({
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
  } satisfies Logger);
}
