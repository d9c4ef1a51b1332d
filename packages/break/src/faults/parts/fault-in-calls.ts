import type { FaultKind, FaultOption } from '../fault.ts';
import { aimedProcess, stillRuns } from './aim.ts';
import { beginFault } from './begin-fault.ts';
import { leaseMsFor } from './lease.ts';
import { lookInside } from './look-inside.ts';

/** Which calls a fault hits. */
export interface CallFaultOptions extends Readonly<Record<string, unknown>> {
  /** The injector in the service's pipeline, by the name that `attachFaults` has for it. */
  readonly injector: string;
  /** The fraction of calls that is hit. */
  readonly share: number;
  /** Whether it hits before the work is begun, or after it was done. */
  readonly what: 'request' | 'reply';
}

/** How the faults in calls differ. */
export interface FaultInCalls<Options extends CallFaultOptions> {
  readonly name: string;
  readonly summary: string;
  /** Its own options, beside those that choose calls. */
  readonly options: readonly FaultOption[];
  /** What the injector is told, beside which calls it hits. */
  effect(options: Options): Readonly<Record<string, unknown>>;
}

const where: FaultOption = {
  name: 'injector',
  type: 'text',
  summary: 'the injector, by the name that `attachFaults` has for it',
};

const choosing: readonly FaultOption[] = [
  { name: 'share', type: 'fraction', default: 1, least: 0.01, summary: 'the share of calls that it hits' },
  {
    name: 'what',
    type: 'choice',
    choices: ['request', 'reply'],
    default: 'request',
    summary: 'whether it hits before the work is begun, or after it was done',
  },
];

/**
 * Makes a fault in the calls that a service makes, in the pipelines that hold an injector. The control measurement is
 * the injector's own count of the calls that it hit.
 */
export function faultInCalls<Options extends CallFaultOptions>(
  described: FaultInCalls<Options>,
): FaultKind<Options> {
  const { name, summary, options } = described;
  return {
    name,
    summary,
    targets: ['service'],
    options: [where, ...options, ...choosing],
    async inject(fault, host) {
      const aimed = aimedProcess(name, fault.target, host);
      const { service } = aimed;
      const { injector, share, what } = fault.options;
      let looks = 0;

      return beginFault(fault, host, {
        // It ends with its lease, with its process and with the connection to the lab: nothing of it outlives the lab.
        steps: [],
        async begin() {
          const told = { injector, rate: share, at: what, ...described.effect(fault.options) };
          await service.beginInside(fault.id, 'inject-into-calls', told, leaseMsFor(fault.forMs));
        },
        async end() {
          if (stillRuns(aimed)) await service.endInside(fault.id);
        },
        async observe() {
          looks += 1;
          const seen = stillRuns(aimed)
            ? await lookInside(service, `${fault.id}-look-${looks}`, 'count-injected', {
                injector,
                fault: fault.id,
              })
            : undefined;
          const { calls = 0, injected = 0 } = seen ?? {};
          return {
            measure: `calls of ${service.name} through ${injector} that it hit`,
            before: '0 of 0',
            during: `${injected} of ${calls}`,
            bites: injected > 0,
          };
        },
      });
    },
  };
}
