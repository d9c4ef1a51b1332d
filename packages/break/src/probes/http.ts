import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Probe } from '../experiment/model.ts';
import { fillIn } from '../variables.ts';
import type { AskOptions, Finding, ProbeHost } from './probe.ts';
import { quantile, showMs } from './show.ts';

type HttpProbe = Extract<Probe, { kind: 'http' }>;

/** How many requests a probe with a limit on p99 makes, and how many of them at a time. */
const requestsUsual = 100;
const concurrency = 4;
/** An answer's text is searched up to here. */
const bodyBytesMax = 2 ** 20;

/** One answer, or why there was none. */
type Answer =
  | { readonly status: number; readonly body: string; readonly durationMs: number }
  | { readonly failure: string };

/**
 * Asks a page: its status, its text and, over repeated requests, its p99. One request in a hundred, and one in fewer,
 * may be slower than the limit. Asking ends as soon as the outcome is certain.
 */
export async function askHttp(probe: HttpProbe, host: ProbeHost, options: AskOptions): Promise<Finding> {
  const url = new URL(fillIn(`the URL of the probe \`${probe.name}\``, probe.url, host.variables));
  const secure = url.protocol === 'https:';
  // An agent of its own, so that no connection outlives the asking and none is older than it.
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const once = () => request(probe, { url, secure, agent }, host, options.signal);
  try {
    return probe.p99MsMax === undefined
      ? judge(probe, await once())
      : await askRepeatedly(probe, probe.p99MsMax, once, host, options);
  } finally {
    agent.destroy();
  }
}

async function askRepeatedly(
  probe: HttpProbe,
  limitMs: number,
  once: () => Promise<Answer>,
  { clock, timers }: ProbeHost,
  { requests = requestsUsual, overMs = 0, signal }: AskOptions,
): Promise<Finding> {
  const slowAllowed = Math.max(1, Math.floor(requests / 100));
  const beganMs = clock.now();
  const durations: number[] = [];
  let begun = 0;
  let slow = 0;
  let wrong: Finding | undefined;

  async function askInTurn(): Promise<void> {
    while (begun < requests && wrong === undefined && slow <= slowAllowed) {
      const dueMs = beganMs + (begun++ * overMs) / requests;
      if (dueMs > clock.now()) await pause(timers, dueMs - clock.now(), signal);
      const answer = await once();
      const finding = judge(probe, answer);
      if ('failure' in answer || !finding.held) {
        wrong ??= { held: false, seen: `${finding.seen}, at request ${durations.length + 1} of ${requests}` };
        return;
      }
      durations.push(answer.durationMs);
      if (answer.durationMs > limitMs) slow++;
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, requests) }, askInTurn));
  if (wrong !== undefined) return wrong;

  durations.sort((a, b) => a - b);
  const slowest = showMs(durations.at(-1) ?? 0);
  const seen =
    durations.length < 100
      ? `slowest of ${durations.length} requests ${slowest}`
      : `p99 ${showMs(quantile(durations, 0.99))} over ${durations.length} requests, slowest ${slowest}`;
  if (slow <= slowAllowed) return { held: true, seen };
  return { held: false, seen: `${seen}; ${slow} took longer than ${showMs(limitMs)}` };
}

/** Waits, or until the signal ends it. */
function pause(timers: ProbeHost['timers'], delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = timers.set(end, delayMs);
    signal?.addEventListener('abort', end);
    if (signal?.aborted === true) end();
  });
}

function judge(probe: HttpProbe, answer: Answer): Finding {
  if ('failure' in answer) return { held: false, seen: answer.failure };
  if (answer.status !== probe.status) {
    return { held: false, seen: `status ${answer.status} where ${probe.status} was expected` };
  }
  const missing = probe.contains !== undefined && !answer.body.includes(probe.contains);
  if (missing)
    return { held: false, seen: `status ${answer.status}, but no \`${probe.contains}\` in the answer` };
  return { held: true, seen: `status ${answer.status} in ${showMs(answer.durationMs)}` };
}

function request(
  { method, timeoutMs, contains }: HttpProbe,
  target: { readonly url: URL; readonly secure: boolean; readonly agent: HttpAgent },
  { clock, timers }: ProbeHost,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  return new Promise((resolve) => {
    const beganMs = clock.now();
    const outgoing = (target.secure ? httpsRequest : httpRequest)(target.url, {
      method,
      agent: target.agent,
    });
    const end = (answer: Answer): void => {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      resolve(answer);
    };
    const fail = (failure: string): void => {
      end({ failure });
      outgoing.destroy();
    };
    const abort = (): void => fail('not finished: the run was stopped');
    const timer = timers.set(() => fail(`no answer within ${showMs(timeoutMs)}`), timeoutMs);
    signal?.addEventListener('abort', abort);
    if (signal?.aborted === true) abort();

    outgoing.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    outgoing.on('response', (response) => {
      readBody(response, contains !== undefined, (body) => {
        if (body === undefined) fail('the answer was cut off');
        else end({ status: response.statusCode ?? 0, body, durationMs: clock.now() - beganMs });
      });
    });
    outgoing.end();
  });
}

/** Reads an answer to its end, keeping its text if wanted; `undefined` when it is cut off. */
function readBody(response: IncomingMessage, keep: boolean, done: (body: string | undefined) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (keep && bytes <= bodyBytesMax) chunks.push(chunk);
  });
  response.on('end', () => done(Buffer.concat(chunks).toString('utf8')));
  response.on('error', () => done(undefined));
  response.on('close', () => done(undefined));
}
