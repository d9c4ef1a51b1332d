import type { FaultHost, LoadHandle } from '../../faults/fault.ts';
import type { ExperimentOptions } from './ports.ts';
import { RunError } from './run-error.ts';

/** What the faults of an experiment may touch. */
export function faultHost(
  { system, intend, clock, timers }: ExperimentOptions,
  title: string,
  load: LoadHandle | undefined,
): FaultHost {
  return {
    intend,
    service: (name) => system.service(name),
    link: (from, to) => system.link(from, to),
    linksTo: (service) => system.linksTo(service),
    load() {
      if (load !== undefined) return load;
      throw new RunError('LOAD_MISSING', `\`${title}\` has no load. Add \`load\`.`);
    },
    clock,
    timers,
  };
}
