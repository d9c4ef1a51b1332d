/**
 * The agent inside a service: begins and ends faults in this process when the lab asks for them. A service without this
 * call takes no faults, and without a lab the call does nothing. Every fault has a lease, and ends with the connection,
 * so that a lab that dies leaves no fault behind.
 */
import { background, createNativeTimers, monotonicClock } from '@seaworthy/protect';
import type { Clock, Timer, Timers } from '@seaworthy/protect';
import type { Injector } from '@seaworthy/protect/inject';
import type { EventChannel, FaultRequest } from '@seaworthy/watch';
import { checkWrites } from './check-writes.ts';
import { holdMemory } from './hold-memory.ts';
import { countInjected, injectIntoCalls } from './inject-into-calls.ts';
import type { InsideDeed, InsideFault } from './inside-fault.ts';
import { measureProcess } from './measure.ts';
import { occupyEventLoop } from './occupy-event-loop.ts';
import { type ProcessMeasure, startMeter } from './process-meter.ts';

/** What the agent needs of the channel that `streamEvents` gives. */
export type FaultChannel = Pick<EventChannel, 'enabled' | 'send' | 'onMessage' | 'onDisconnect'>;

export interface AttachFaultsOptions {
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** The injectors in the service's pipelines, by the names that the lab may use. Default: none. */
  readonly injectors?: Readonly<Record<string, Injector>>;
  /** The most memory that a fault may take, in bytes; 1 GiB by default. */
  readonly memoryBytesMax?: number;
  /** The longest lease, whatever the lab asks for; 15 minutes by default. */
  readonly leaseMsMax?: number;
}

/** At a time, measurements included. */
const runningMax = 16;
const measureBeforeMs = 200;
const measureDuringMs = 400;

type Measured = Readonly<Record<string, number>>;

interface Running {
  /** Ends it; the same promise each time. */
  end(): Promise<Measured>;
  /** What was measured once it was on; `undefined` while it begins. */
  began: Measured | undefined;
}

/**
 * Lets the lab begin faults inside this process. Returns the function that ends them all and takes no more.
 *
 * @example
 * const channel = streamEvents(runtime.events, runtime.clock);
 * if (channel.enabled) (await import('@seaworthy/break/inject')).attachFaults(channel);
 */
export function attachFaults(channel: FaultChannel, options: AttachFaultsOptions = {}): () => void {
  if (!channel.enabled) return () => {};
  const clock = options.clock ?? monotonicClock;
  const timers = options.timers ?? createNativeTimers();
  const memoryBytesMax = options.memoryBytesMax ?? 2 ** 30;
  const leaseMsMax = options.leaseMsMax ?? 15 * 60_000;
  const kinds: readonly InsideFault[] = [
    occupyEventLoop,
    holdMemory,
    checkWrites,
    measureProcess,
    injectIntoCalls(options.injectors ?? {}),
    countInjected(options.injectors ?? {}),
  ];
  const running = new Map<string, Running>();

  const at = () => clock.epoch + clock.now();
  const sleep = (ms: number) => new Promise<void>((resolve) => void timers.set(resolve, ms, background));
  const measure = async (ms: number): Promise<ProcessMeasure> => {
    const stop = startMeter();
    await sleep(ms);
    return stop();
  };
  const refuse = (id: string, error: unknown) => {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    channel.send({ kind: 'fault.refused', at: at(), id, error: { name, message } });
  };

  const begin = async ({ id, fault, options, leaseMs }: Extract<FaultRequest, { kind: 'fault.begin' }>) => {
    const again = running.get(id);
    if (again) {
      if (again.began) channel.send({ kind: 'fault.began', at: at(), id, measured: again.began });
      return;
    }
    const kind = kinds.find(({ name }) => name === fault);
    if (!kind) {
      const known = kinds.map(({ name }) => name).join(', ');
      return refuse(id, new Error(`There is no fault \`${fault}\` inside a process; there are ${known}.`));
    }
    if (running.size >= runningMax) {
      return refuse(id, new Error(`There are ${runningMax} faults in this process already; end one first.`));
    }

    const stop = new AbortController();
    let deed: InsideDeed | undefined;
    let ended: Promise<Measured> | undefined;
    const lease: Timer = timers.set(() => void entry.end(), Math.min(leaseMs, leaseMsMax), background);
    const entry: Running = {
      began: undefined,
      end() {
        ended ??= (async () => {
          lease.cancel();
          stop.abort();
          deed?.end();
          running.delete(id);
          const measured = named(await measure(measureBeforeMs), 'After');
          channel.send({ kind: 'fault.ended', at: at(), id, measured });
          return measured;
        })();
        return ended;
      },
    };
    running.set(id, entry);

    try {
      const before = await measure(measureBeforeMs);
      if (stop.signal.aborted) return;
      deed = await kind.begin(options, { id, clock, timers, signal: stop.signal, memoryBytesMax });
      // Ended while it began: whoever ended it could not reach the deed yet.
      if (stop.signal.aborted) return deed.end();
      const during = await measure(measureDuringMs);
      if (stop.signal.aborted) return;
      entry.began = { ...named(before, 'Before'), ...named(during, 'During'), ...deed.measure?.() };
      channel.send({ kind: 'fault.began', at: at(), id, measured: entry.began });
    } catch (error) {
      lease.cancel();
      running.delete(id);
      refuse(id, error);
    }
  };

  const end = (id: string) => {
    const entry = running.get(id);
    if (entry) void entry.end();
    // Over already, by its lease or with an earlier process: that is what was asked for.
    else channel.send({ kind: 'fault.ended', at: at(), id, measured: {} });
  };
  const endAll = () => {
    for (const entry of running.values()) void entry.end();
  };

  const takeOff = [
    channel.onMessage((request) => {
      if (request.kind === 'fault.begin') void begin(request);
      else end(request.id);
    }),
    channel.onDisconnect(endAll),
  ];
  return () => {
    for (const off of takeOff) off();
    endAll();
  };
}

/** The measures by name, such as `busyBefore`. */
function named(measure: ProcessMeasure, suffix: 'Before' | 'During' | 'After'): Measured {
  return Object.fromEntries(Object.entries(measure).map(([name, value]) => [`${name}${suffix}`, value]));
}
