import type { SystemDefinition } from '../experiment/model.ts';
import type { LinkHandle, ServiceHandle } from '../faults/fault.ts';
import { type Assembly, assemble } from './assemble.ts';
import { SystemError, type SystemErrorCode } from './errors.ts';
import type { ServiceExit, StopReport } from './service-options.ts';
import type { StartSystemOptions } from './start-options.ts';
import { inOrder, startOrder, stopOrder } from './start-order.ts';

/** A system whose services run and are ready. */
export interface RunningSystem extends AsyncDisposable {
  readonly definition: SystemDefinition;
  readonly services: readonly ServiceHandle[];
  readonly links: readonly LinkHandle[];
  /** @throws SystemError `SERVICE_UNKNOWN` */
  service(name: string): ServiceHandle;
  /** @throws SystemError `LINK_UNKNOWN` */
  link(from: string, to: string): LinkHandle;
  /** Every link towards a service; empty when nobody calls it. */
  linksTo(service: string): readonly LinkHandle[];
  /** What experiments may name: `${gateway}` is a service's address, `${orders.data}` its data folder. */
  readonly variables: Readonly<Record<string, string>>;
  /** Calls `listener` when a process ends that the lab did not stop; returns the function that ends it. */
  onExit(listener: (exit: ServiceExit) => void): () => void;
  /**
   * Stops all services, callers before those that they call: SIGTERM, and after the grace SIGKILL. May be called more
   * than once.
   *
   * @param graceMs - for each service; 5 s by default
   */
  stop(graceMs?: number): Promise<readonly StopReport[]>;
}

const graceMsDefault = 5_000;
/** What a system that did not come up is given to go. */
const graceMsAfterFailure = 1_000;

/**
 * Starts a system as real processes: each service in a process group of its own, on a port of loopback, with a proxy
 * in every link. Services start as soon as those that they call are ready.
 *
 * @throws SystemError when one does not come up, naming it, with its last words; nothing is left running then
 * @example
 * const system = await startSystem(definition, { runFolder, ledger, watch, onRecord: (record) => journal.write(record) });
 * await fetch(`${system.variables['gateway']}/products`);
 * await system.stop();
 */
export async function startSystem(
  definition: SystemDefinition,
  options: StartSystemOptions,
): Promise<RunningSystem> {
  options.signal?.throwIfAborted();
  const listeners = new Set<(exit: ServiceExit) => void>();
  const assembly = await assemble(definition, options, (exit) => {
    for (const listener of listeners) listener(exit);
  });
  const stop = stopper(definition, assembly);
  try {
    await started(definition, assembly, options.signal);
  } catch (error) {
    await stop(graceMsAfterFailure);
    throw error;
  }
  return face(definition, assembly, stop, (listener) => {
    const entry = (exit: ServiceExit) => listener(exit);
    listeners.add(entry);
    return () => void listeners.delete(entry);
  });
}

type Stop = (graceMs: number) => Promise<readonly StopReport[]>;

/** Rejects with the first service that does not come up, or with the signal's reason. */
async function started(
  definition: SystemDefinition,
  { services }: Assembly,
  signal: AbortSignal | undefined,
): Promise<void> {
  const all = Promise.all(
    inOrder(startOrder(definition.services), async (name) => services.get(name)?.start()),
  );
  if (signal === undefined) return void (await all);
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([all, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function stopper(definition: SystemDefinition, { services, close }: Assembly): Stop {
  const stopAll: Stop = async (graceMs) => {
    for (const service of services.values()) service.halt();
    const reports: StopReport[] = [];
    const order = stopOrder(startOrder(definition.services));
    await Promise.all(
      inOrder(order, async (name) => {
        const report = await services.get(name)?.stop(graceMs);
        if (report !== undefined) reports.push(report);
      }),
    );
    await close();
    return reports;
  };
  let stopping: ReturnType<Stop> | undefined;
  return (graceMs) => {
    stopping ??= stopAll(graceMs);
    return stopping;
  };
}

function face(
  definition: SystemDefinition,
  assembly: Assembly,
  stop: Stop,
  onExit: RunningSystem['onExit'],
): RunningSystem {
  const services = [...assembly.services.values()];
  const links = assembly.links.map(({ handle }) => handle);
  const variables = services.flatMap(({ name, url, dataFolder }) => [
    [name, url],
    [`${name}.data`, dataFolder],
  ]);
  return Object.freeze<RunningSystem>({
    definition,
    services,
    links,
    service(name) {
      const service = assembly.services.get(name);
      if (service !== undefined) return service;
      throw unknown('SERVICE_UNKNOWN', `service \`${name}\``, [...assembly.services.keys()]);
    },
    link(from, to) {
      const found = links.find((link) => link.from === from && link.to === to);
      if (found !== undefined) return found;
      const known = links.map((link) => `${link.from} -> ${link.to}`);
      throw unknown('LINK_UNKNOWN', `call from \`${from}\` to \`${to}\``, known);
    },
    linksTo: (service) => links.filter(({ to }) => to === service),
    variables: Object.freeze(Object.fromEntries(variables) as Record<string, string>),
    onExit,
    stop: (graceMs = graceMsDefault) => stop(graceMs),
    async [Symbol.asyncDispose]() {
      await stop(graceMsDefault);
    },
  });
}

function unknown(code: SystemErrorCode, what: string, known: readonly string[]): SystemError {
  return new SystemError(
    code,
    `There is no ${what} in this system; there is: ${known.join(', ') || 'none'}.`,
  );
}
