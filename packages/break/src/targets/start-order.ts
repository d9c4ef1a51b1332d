import type { ServiceDefinition } from '../experiment/model.ts';

/** For each service, those that must be ready before it is started. */
export type StartOrder = ReadonlyMap<string, readonly string[]>;

/**
 * A service waits for those that it calls. Services that call each other in a circle do not wait for one another:
 * nobody could begin.
 */
export function startOrder(services: readonly Pick<ServiceDefinition, 'name' | 'calls'>[]): StartOrder {
  const calls = new Map(services.map((service) => [service.name, service.calls]));
  const reached = new Map(services.map(({ name }) => [name, reachable(name, calls)]));
  return new Map(
    services.map(({ name, calls }) => [name, calls.filter((callee) => !reached.get(callee)?.has(name))]),
  );
}

/** For each service, those that must have stopped before it: the other way round. */
export function stopOrder(order: StartOrder): StartOrder {
  const names = [...order.keys()];
  return new Map(names.map((name) => [name, names.filter((other) => order.get(other)?.includes(name))]));
}

function reachable(from: string, calls: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const seen = new Set<string>();
  const next = [...(calls.get(from) ?? [])];
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    next.push(...(calls.get(name) ?? []));
  }
  return seen;
}

/**
 * Does `work` for every service as soon as it is done for those before it, all at once where possible.
 *
 * @returns a promise for each; those behind a failure fail with the same error
 */
export function inOrder(order: StartOrder, work: (name: string) => Promise<void>): Promise<void>[] {
  const done = new Map<string, Promise<void>>();
  const begin = (name: string): Promise<void> => {
    const begun = done.get(name);
    if (begun !== undefined) return begun;
    const before = (order.get(name) ?? []).map(begin);
    const mine = Promise.all(before).then(() => work(name));
    done.set(name, mine);
    return mine;
  };
  return [...order.keys()].map(begin);
}
