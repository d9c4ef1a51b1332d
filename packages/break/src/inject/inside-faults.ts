/**
 * The lab's side of faults inside processes: asks a service's agent over the event channel, and waits for its answer.
 */
import { createNativeTimers } from '@seaworthy/protect';
import type { Timers } from '@seaworthy/protect';
import type { ServiceListener, ServiceReport } from '@seaworthy/watch';
import { InsideFaultError } from './errors.ts';

/** What was measured inside the process, by name. */
export interface InsideMeasure {
  readonly measured: Readonly<Record<string, number>>;
}

/** Begins and ends faults inside services. */
export interface InsideFaults {
  /**
   * Begins a fault; resolves once the service measured it.
   *
   * @param leaseMs - how long it lasts at most, whatever becomes of the lab
   * @throws InsideFaultError when the service is not connected, says no, or says nothing
   */
  begin(
    service: string,
    id: string,
    fault: string,
    options: Readonly<Record<string, unknown>>,
    leaseMs: number,
  ): Promise<InsideMeasure>;
  /**
   * Ends a fault. Resolves also when the service is gone or not connected, since the fault ended with its process or
   * with its connection; so it may be called more than once.
   *
   * @throws InsideFaultError `SERVICE_SILENT`
   */
  end(service: string, id: string): Promise<InsideMeasure>;
  /** Stops listening; what still waits is told that the service is silent. */
  close(): void;
}

export interface InsideFaultsOptions {
  readonly timers?: Timers;
  /**
   * How long a fault may take to begin; 60 s by default, since much memory takes its time;
   * never longer than its lease.
   */
  readonly beginWithinMs?: number;
  /** How long it may take to end; 15 s by default. */
  readonly endWithinMs?: number;
}

interface Waiting {
  readonly service: string;
  readonly id: string;
  readonly expects: 'fault.began' | 'fault.ended';
  resolve(measure: InsideMeasure): void;
  reject(error: InsideFaultError): void;
}

/**
 * Makes the lab's side on a listener.
 *
 * @example
 * const inside = createInsideFaults(await listenForServices());
 * const { measured } = await inside.begin('inventory', 'fault-3', 'exhaust-cpu', { share: 0.8 }, 30_000);
 */
export function createInsideFaults(
  services: Pick<ServiceListener, 'connected' | 'send' | 'onMessage' | 'onConnection'>,
  options: InsideFaultsOptions = {},
): InsideFaults {
  const timers = options.timers ?? createNativeTimers();
  const { beginWithinMs = 60_000, endWithinMs = 15_000 } = options;
  const waiting = new Set<Waiting>();

  const settle = (service: string, id: string, settleOne: (one: Waiting) => void) => {
    for (const one of waiting) if (one.service === service && one.id === id) settleOne(one);
  };
  const hear = (service: string, message: ServiceReport) => {
    if (message.kind === 'fault.began' || message.kind === 'fault.ended') {
      const { kind, measured, id } = message;
      settle(service, id, (one) => {
        if (one.expects === kind) one.resolve({ measured });
        else if (kind === 'fault.ended') one.reject(endedEarly(service, id));
      });
    } else if (message.kind === 'fault.refused') {
      const { error, id } = message;
      settle(service, id, (one) => one.reject(refused(service, error.message)));
    }
  };
  const takeOff = [
    services.onMessage(hear),
    services.onConnection(({ service, connected }) => {
      if (connected || services.connected(service)) return;
      for (const one of waiting) {
        if (one.service !== service) continue;
        if (one.expects === 'fault.ended') one.resolve({ measured: {} });
        else one.reject(disconnected(service, one.id));
      }
    }),
  ];

  const wait = (service: string, id: string, expects: Waiting['expects'], withinMs: number) =>
    new Promise<InsideMeasure>((resolve, reject) => {
      const settled = () => {
        timer.cancel();
        waiting.delete(one);
      };
      const one: Waiting = {
        service,
        id,
        expects,
        resolve(measure) {
          settled();
          resolve(measure);
        },
        reject(error) {
          settled();
          reject(error);
        },
      };
      const timer = timers.set(() => one.reject(silent(service, id, expects, withinMs)), withinMs);
      waiting.add(one);
    });

  return {
    begin(service, id, fault, options, leaseMs) {
      const answer = wait(service, id, 'fault.began', Math.min(beginWithinMs, leaseMs));
      if (!services.send(service, { kind: 'fault.begin', id, fault, options, leaseMs })) {
        settle(service, id, (one) => one.reject(notConnected(service, fault)));
      }
      return answer;
    },
    end(service, id) {
      const answer = wait(service, id, 'fault.ended', endWithinMs);
      if (!services.send(service, { kind: 'fault.end', id })) {
        settle(service, id, (one) => one.resolve({ measured: {} }));
      }
      return answer;
    },
    close() {
      for (const off of takeOff) off();
      for (const one of waiting) one.reject(disconnected(one.service, one.id));
    },
  };
}

function notConnected(service: string, fault: string): InsideFaultError {
  return new InsideFaultError(
    'SERVICE_NOT_CONNECTED',
    `${service} is not connected to the lab, so ${fault} cannot begin inside it. Call streamEvents(...) and attachFaults(channel) where the service starts.`,
  );
}

function disconnected(service: string, id: string): InsideFaultError {
  return new InsideFaultError(
    'SERVICE_DISCONNECTED',
    `The connection to ${service} ended before fault ${id} had begun inside it.`,
  );
}

function endedEarly(service: string, id: string): InsideFaultError {
  return new InsideFaultError(
    'SERVICE_DISCONNECTED',
    `Fault ${id} inside ${service} ended before it was wholly on: its lease is shorter than its begin.`,
  );
}

function silent(
  service: string,
  id: string,
  expects: Waiting['expects'],
  withinMs: number,
): InsideFaultError {
  const what = expects === 'fault.began' ? 'began' : 'ended';
  return new InsideFaultError(
    'SERVICE_SILENT',
    `${service} did not say within ${withinMs / 1000} s that fault ${id} inside it ${what}; its event loop may be stopped.`,
  );
}

function refused(service: string, reason: string): InsideFaultError {
  return new InsideFaultError('FAULT_REFUSED', `${service} refused the fault: ${reason}`);
}
