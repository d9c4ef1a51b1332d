import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Timers } from '@seaworthy/protect';
import type { HttpRequest } from './prepare-request.ts';

/** How an exchange ended. */
export type Outcome =
  /** The whole answer arrived. */
  | { readonly kind: 'answered'; readonly status: number }
  /** It was given up, wherever it stood. */
  | { readonly kind: 'timed-out' }
  /** There was no whole answer; the reason is short, such as `ECONNREFUSED`. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Sends requests over connections that are kept alive; never sends one twice. */
export interface HttpClient {
  /** Sends one request and calls `done` once, later; returns the function that gives it up without calling `done`. */
  send(request: HttpRequest, timeoutMs: number, done: (outcome: Outcome) => void): () => void;
  /** Closes the idle connections. */
  close(): void;
}

/** An answer is read to its end so that its connection can be used again, but not for ever. */
const bodyBytesMax = 8 * 2 ** 20;
/** Idle connections that are kept for each server; a spike's others are closed. */
const idleConnectionsMax = 256;

/** Makes the client. It opens as many connections as there are requests in flight, as a crowd of people would. */
export function httpClient(timers: Timers): HttpClient {
  const options = {
    keepAlive: true,
    maxSockets: Number.POSITIVE_INFINITY,
    maxFreeSockets: idleConnectionsMax,
  };
  const http = new HttpAgent(options);
  const https = new HttpsAgent(options);

  return {
    send({ url, method, headers, body }, timeoutMs, done) {
      let ended = false;
      const end = (outcome: Outcome): void => {
        if (ended) return;
        ended = true;
        timer.cancel();
        done(outcome);
      };
      const secure = url.protocol === 'https:';
      const request = (secure ? httpsRequest : httpRequest)(url, {
        method,
        headers,
        agent: secure ? https : http,
      });
      const timer = timers.set(() => {
        end({ kind: 'timed-out' });
        request.destroy();
      }, timeoutMs);
      let begun = false;
      request.on('response', (response) => {
        begun = true;
        drain(request, response, end);
      });
      request.on('error', (error) => end({ kind: 'failed', reason: reasonOf(error) }));
      // The last word of an exchange without answer; with one, the answer's own `close` is.
      request.on('close', () => {
        if (!begun) end({ kind: 'failed', reason: 'no answer' });
      });
      request.end(body);
      return () => {
        ended = true;
        timer.cancel();
        request.destroy();
      };
    },
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

function drain(
  request: { destroy(): unknown },
  response: IncomingMessage,
  end: (outcome: Outcome) => void,
): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= bodyBytesMax) return;
    end({ kind: 'failed', reason: `answer over ${bodyBytesMax / 2 ** 20} MiB` });
    request.destroy();
  });
  response.on('end', () => end({ kind: 'answered', status: response.statusCode ?? 0 }));
  response.on('error', () => end({ kind: 'failed', reason: 'answer cut off' }));
  response.on('close', () => end({ kind: 'failed', reason: 'answer cut off' }));
}

function reasonOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message.slice(0, 60);
}
