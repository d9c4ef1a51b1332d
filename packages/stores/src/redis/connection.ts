/**
 * What everything that is kept in Redis sends its commands through: no call waits longer than the time limit, and every
 * failure is STORE_UNAVAILABLE. Valkey speaks the same language.
 */
import { createHash } from 'node:crypto';
import { type Duration, knownKeys, monotonicClock, OptionsError, parseDuration } from '@seaworthy/protect';
import { asUnavailable, CallLimit } from '../call-time.ts';
import { OwnClient } from './own-client.ts';
import type { RedisSender } from './sender.ts';

/** A client of the user's own: one of node-redis (`redis`, `@redis/client`), or one of `ioredis`. */
export type RedisClient =
  | { sendCommand(command: readonly string[]): Promise<unknown> }
  | { call(command: string, ...rest: string[]): Promise<unknown> };

/** Where the server is, and how long a call may take. */
export interface RedisConnectionOptions {
  /** Such as `redis://user:password@host:6379/0`, or `rediss:` for TLS. Needs the package `@redis/client`. */
  readonly url?: string;
  /** A connected client of your own, in place of `url`; it stays open on `close`. */
  readonly client?: RedisClient;
  /** The longest that one call takes, connecting included, before STORE_UNAVAILABLE. Default 2 s. */
  readonly timeout?: Duration;
}

/** A Lua script, which Redis runs in one atomic step. */
export interface RedisScript {
  readonly lua: string;
  readonly sha1: string;
}

/** A way to a Redis server. */
export interface RedisConnection extends AsyncDisposable {
  /** Sends a command. @throws StoreUnavailableError */
  send(...command: readonly string[]): Promise<unknown>;
  /** Runs a script; its text is sent only where the server does not know it yet. @throws StoreUnavailableError */
  run(script: RedisScript, keys: readonly string[], values: readonly string[]): Promise<unknown>;
  /** Ends what was opened from `url`. */
  close(): Promise<void>;
}

/**
 * A way to a Redis server, for several stores to share. It connects when it is first used; while the server is away every
 * call fails at once or within the time limit, and when it is back the next call works.
 *
 * @throws OptionsError
 * @example const connection = redisConnection({ url: 'redis://127.0.0.1:6379' });
 */
export function redisConnection(options: RedisConnectionOptions): RedisConnection {
  knownKeys('redisConnection', options, ['url', 'client', 'timeout']);
  const timeoutMs = parseDuration('timeout', options.timeout ?? '2s', 1);
  const sender = makeSender(options, timeoutMs);

  /**
   * The answer to a command, in time; where the server does not know its script, to `otherwise`. Every question comes
   * this way: one promise, and nothing done before the command is sent that can be done while it is answered.
   */
  function ask(command: readonly string[], otherwise?: () => readonly string[]): Promise<unknown> {
    if (sender.ready !== undefined) return sender.ready.then(() => ask(command, otherwise));
    return new Promise<unknown>((resolve, reject) => {
      const startedAt = monotonicClock.now();
      const sent = sender.send(command);
      const tooLong = (error: unknown) => {
        sender.suspect(startedAt);
        reject(error);
      };
      const limit = new CallLimit('redis', timeoutMs, tooLong, startedAt);
      const answered = (answer: unknown) => {
        limit.end();
        resolve(answer);
      };
      const failed = (error: unknown) => {
        limit.end();
        reject(asUnavailable('redis', error));
      };
      sent.then(answered, (error: unknown) => {
        if (otherwise === undefined || limit.isOver || !isUnknownScript(error)) return failed(error);
        return sender.send(otherwise()).then(answered, failed);
      });
    });
  }

  const connection: RedisConnection = {
    send: (...command) => ask(command),
    run({ lua, sha1 }, keys, values) {
      const command = ['evalsha', sha1, String(keys.length), ...keys, ...values];
      return ask(command, () => ['eval', lua, ...command.slice(2)]);
    },
    close: () => sender.close(),
    [Symbol.asyncDispose]: () => sender.close(),
  };
  return Object.freeze(connection);
}

/** A Lua script with the name by which Redis knows it. */
export function redisScript(lua: string): RedisScript {
  return Object.freeze({ lua, sha1: createHash('sha1').update(lua).digest('hex') });
}

function makeSender({ url, client }: RedisConnectionOptions, timeoutMs: number): RedisSender {
  if (client === undefined) {
    if (typeof url !== 'string' || !/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
      throw new OptionsError(
        'url',
        url,
        'one that begins with redis:// or rediss://, where no `client` is given',
      );
    }
    return new OwnClient(url, timeoutMs);
  }
  const idle = { ready: undefined, suspect: () => {}, close: async () => {} };
  // A client of ioredis has both methods, and its `sendCommand` takes something else.
  if ('call' in client) {
    return { send: safely((command) => client.call(...(command as [string, ...string[]]))), ...idle };
  }
  if ('sendCommand' in client) return { send: safely((command) => client.sendCommand(command)), ...idle };
  throw new OptionsError('client', client, 'a client of node-redis or of ioredis');
}

/** With a promise that rejects where it throws. */
function safely(send: RedisSender['send']): RedisSender['send'] {
  return (command) => {
    try {
      return send(command);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
