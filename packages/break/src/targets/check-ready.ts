import { get } from 'node:http';
import type { Clock, Timers } from '@seaworthy/protect';

/** The answer to a request for a ready path. */
export interface ReadyAnswer {
  readonly status: number;
  readonly durationMs: number;
}

/** More of an answer is not read. */
const bodyBytesMax = 1024 * 1024;

/**
 * Asks `url` once, on a connection of its own, and reads the answer to its end.
 *
 * @param timeoutMs - for all of it, from connecting to the last byte
 * @param paddingBytes - makes the request so much longer
 * @throws the connection's error, or an `Error` with the code `ETIMEDOUT`
 */
export function checkReady(
  url: string,
  timeoutMs: number,
  time: { readonly clock: Clock; readonly timers: Timers },
  paddingBytes = 0,
): Promise<ReadyAnswer> {
  const begun = time.clock.now();
  const headers = paddingBytes > 0 ? { 'x-padding': '.'.repeat(paddingBytes) } : {};
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, headers }, (response) => {
      let bytes = 0;
      const answered = (): void => {
        timer.cancel();
        resolve({ status: response.statusCode ?? 0, durationMs: time.clock.now() - begun });
      };
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= bodyBytesMax) return;
        answered();
        request.destroy();
      });
      response.once('end', answered);
      response.once('error', fail);
    });
    const fail = (error: Error): void => {
      timer.cancel();
      reject(error);
    };
    const timer = time.timers.set(() => {
      const error = Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' });
      request.destroy(error);
      fail(error);
    }, timeoutMs);
    request.once('error', fail);
  });
}
