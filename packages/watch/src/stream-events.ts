/**
 * The service's side of the wire: sends what the policies say to a watcher on this machine, when there is one. The
 * calls of the service come first: nothing here waits for the watcher, fails a call, grows without bound or keeps the
 * process alive.
 */
import { background, createNativeTimers, nativeRandom } from '@seaworthy/protect';
import type { Clock, EventStream, PolicyEvent, Random, Timer, Timers } from '@seaworthy/protect';
import { createCallCounter } from './call-counter.ts';
import { EventQueue } from './event-queue.ts';
import { boundedText } from './bounded.ts';
import { Listeners } from './listeners.ts';
import { toWireEvent } from './to-wire.ts';
import { type Environment, watchAddress } from './watch-address.ts';
import { type FaultRequest, WatcherConnection } from './watcher-connection.ts';
import type { ServiceMessage } from './wire.ts';

/** A service's connection to its watcher, events outwards and faults both ways. */
export interface EventChannel {
  /** Whether there is a watcher to connect to at all; without one, all else does nothing. */
  readonly enabled: boolean;
  /** Whether the watcher has welcomed this service. */
  readonly connected: boolean;
  /** Sends a message of one's own at once; false when the watcher is not connected. */
  send(message: FaultMessage): boolean;
  /** Calls `listener` with every message of the watcher; returns the function that ends it. */
  onMessage(listener: (message: FaultRequest) => void): () => void;
  /** Calls `listener` whenever the connection to the watcher ends; returns the function that ends it. */
  onDisconnect(listener: () => void): () => void;
  /** Sends what is left, waits at most half a second for it to be taken, and disconnects for good. */
  close(): Promise<void>;
}

/** What the agent that runs faults within the process says. */
export type FaultMessage = Extract<ServiceMessage, { kind: `fault.${string}` }>;

export interface StreamEventsOptions {
  /** Where the variables are read; `process.env` by default. */
  readonly env?: Environment;
  readonly timers?: Timers;
  readonly random?: Random;
  /** How many events wait at most; beyond that the oldest are dropped and counted. 10,000 by default. */
  readonly waitingMax?: number;
}

const eventsAfterMs = 25;
const callsAfterMs = 100;
/** In one write, so that sending never holds the event loop for long. */
const eventsPerWrite = 1000;

/**
 * Sends every policy event to the watcher that `SEAWORTHY_WATCH_URL` names; does nothing when it is not set.
 *
 * @param clock - the clock of the runtime that emits the events
 * @throws WatchError `WATCH_OPTIONS_INVALID` when the variable is set and it, or the token or name with it, is wrong
 * @example
 * const channel = streamEvents(runtime.events, runtime.clock);
 * process.once('SIGTERM', () => void channel.close());
 */
export function streamEvents(
  events: EventStream,
  clock: Clock,
  options: StreamEventsOptions = {},
): EventChannel {
  const address = watchAddress(options.env ?? process.env);
  if (!address) return silentChannel;
  const timers = options.timers ?? createNativeTimers();
  const waiting = new EventQueue<PolicyEvent>(options.waitingMax ?? 10_000);
  const calls = createCallCounter();
  const messages = new Listeners<[FaultRequest]>();
  const disconnects = new Listeners<[]>();
  let eventsTimer: Timer | undefined;
  let callsTimer: Timer | undefined;

  const write = (lines: readonly ServiceMessage[]): boolean =>
    lines.length > 0 && connection.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

  // Nothing is set while nobody is there: what waits is sent when the connection is ready again.
  const schedule = () => {
    if (!connection.ready) return;
    if (waiting.size > 0) eventsTimer ??= timers.set(sendEvents, eventsAfterMs, background);
    if (!calls.empty) callsTimer ??= timers.set(sendCalls, callsAfterMs, background);
  };
  const sendEvents = (most = eventsPerWrite) => {
    eventsTimer?.cancel();
    eventsTimer = undefined;
    if (!connection.ready) return;
    const lines: ServiceMessage[] = [];
    const count = waiting.takeDropped();
    if (count > 0) lines.push({ kind: 'dropped', at: clock.epoch + clock.now(), count });
    for (let event = waiting.take(); event; event = lines.length < most ? waiting.take() : undefined) {
      lines.push({ kind: 'event', at: clock.epoch + event.at, event: toWireEvent(event) });
    }
    write(lines);
    schedule();
  };
  const sendCalls = () => {
    callsTimer?.cancel();
    callsTimer = undefined;
    if (!connection.ready) return;
    const at = clock.epoch + clock.now();
    write(
      calls.take().map(({ pipeline, counts }) => {
        return { kind: 'calls', at, pipeline: boundedText(pipeline, 200), ...counts };
      }),
    );
  };

  const hear = (request: FaultRequest) => {
    if (messages.size > 0) messages.tell(request);
    else if (request.kind === 'fault.begin') write([refusal(request.id, clock, address.service)]);
  };

  const connection = new WatcherConnection({
    address,
    timers,
    random: options.random ?? nativeRandom,
    onReady() {
      sendEvents();
      sendCalls();
    },
    onMessage: hear,
    onDisconnect: () => disconnects.tell(),
  });

  const unsubscribe = events.subscribe((event) => {
    calls.add(event);
    if (event.type !== 'call.succeeded') waiting.push(event);
    schedule();
  });

  return {
    enabled: true,
    get connected() {
      return connection.welcomed;
    },
    send: (message) => connection.welcomed && write([message]),
    onMessage: (listener) => messages.add(listener),
    onDisconnect: (listener) => disconnects.add(listener),
    async close() {
      unsubscribe();
      sendEvents(Infinity);
      sendCalls();
      await connection.close();
    },
  };
}

/** Says that the service takes no faults, so that the lab need not wait to find out. */
function refusal(id: string, clock: Clock, service: string): FaultMessage {
  return {
    kind: 'fault.refused',
    at: clock.epoch + clock.now(),
    id,
    error: {
      name: 'WatchError',
      code: 'FAULT_AGENT_MISSING',
      message: `No fault can begin inside ${service}: call attachFaults(channel) where it starts.`,
    },
  };
}

const silentChannel: EventChannel = Object.freeze({
  enabled: false,
  connected: false,
  send: () => false,
  onMessage: () => () => {},
  onDisconnect: () => () => {},
  close: () => Promise.resolve(),
});
