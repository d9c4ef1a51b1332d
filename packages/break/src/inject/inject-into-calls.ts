/** Faults in the calls that a service makes: the agent hands them to the service's own injectors. */
import type { InjectedFault, Injector } from '@seaworthy/protect/inject';
import type { InsideFault } from './inside-fault.ts';

/**
 * Begins a fault in the injector that is named by `injector`; the other options are the fault's, as `Injector.begin`
 * takes them: effect, rate, at, delay and so on, without functions. Measures how many calls came by (`calls`) and how
 * many of them it hit (`injected`).
 *
 * @param injectors - by the names that the lab may use
 */
export function injectIntoCalls(injectors: Readonly<Record<string, Injector>>): InsideFault {
  return {
    name: 'inject-into-calls',
    async begin({ injector: name, ...options }, { id, signal }) {
      const injector = named(injectors, name);
      const end = injector.begin({ ...options, id } as InjectedFault);
      signal.addEventListener('abort', end, { once: true });
      let last = { calls: 0, injected: 0 };
      return {
        measure() {
          last = { ...(injector.counts(id) ?? last) };
          return last;
        },
        end,
      };
    },
  };
}

/** Counts what the fault `fault` has done so far in an injector; a measurement, and no fault. */
export function countInjected(injectors: Readonly<Record<string, Injector>>): InsideFault {
  return {
    name: 'count-injected',
    async begin({ injector: name, fault }) {
      const injector = named(injectors, name);
      return {
        measure: () => ({ ...(injector.counts(String(fault)) ?? { calls: 0, injected: 0 }) }),
        end() {},
      };
    },
  };
}

function named(injectors: Readonly<Record<string, Injector>>, name: unknown): Injector {
  const injector = typeof name === 'string' && Object.hasOwn(injectors, name) ? injectors[name] : undefined;
  if (injector !== undefined) return injector;
  const known = Object.keys(injectors).join(', ') || 'none';
  throw new TypeError(
    `There is no injector \`${String(name)}\` in this process; there are: ${known}. Give it to attachFaults by its name.`,
  );
}
