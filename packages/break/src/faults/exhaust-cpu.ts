import type { FaultKind } from './fault.ts';
import { aimedProcess, stillRuns } from './parts/aim.ts';
import { beginFault } from './parts/begin-fault.ts';
import { leaseMsFor } from './parts/lease.ts';
import { lookInside } from './parts/look-inside.ts';

export interface ExhaustCpuOptions extends Readonly<Record<string, unknown>> {
  /** The fraction of the event loop's time that is taken. */
  readonly share: number;
}

/** Occupies the event loop of a service, as heavy computing in it does. */
export const exhaustCpu: FaultKind<ExhaustCpuOptions> = {
  name: 'exhaust-cpu',
  summary: 'Occupies a share of the event loop of the service, in short slices.',
  targets: ['service'],
  options: [
    {
      name: 'share',
      type: 'fraction',
      default: 0.8,
      least: 0.05,
      most: 0.95,
      summary: "the share of the event loop's time that is taken",
    },
  ],
  async inject(fault, host) {
    const aimed = aimedProcess('exhaust-cpu', fault.target, host);
    const { service } = aimed;
    const { share } = fault.options;
    let looks = 0;
    const look = () => {
      looks += 1;
      return lookInside(service, `${fault.id}-look-${looks}`, 'measure');
    };
    const before = await look();

    return beginFault(fault, host, {
      // It ends with its lease, with its process and with the connection to the lab: nothing of it outlives the lab.
      steps: [],
      async begin() {
        await service.beginInside(fault.id, 'exhaust-cpu', { share }, leaseMsFor(fault.forMs));
      },
      async end() {
        if (stillRuns(aimed)) await service.endInside(fault.id);
      },
      async observe() {
        const during = stillRuns(aimed) ? await look() : undefined;
        const busy = during?.['busyDuring'] ?? 0;
        const later = (during?.['delayMsDuring'] ?? 0) - (before?.['delayMsDuring'] ?? 0);
        const busier = busy - (before?.['busyDuring'] ?? 0);
        return {
          measure: `event loop of ${service.name}: the share of time in which it is busy, and how late it runs`,
          before: show(before),
          during: show(during),
          // A loop that was busy before cannot get much busier, but it gets later.
          bites: busy >= 0.8 * share && (busier >= 0.25 * share || later >= 5),
        };
      },
    });
  },
};

function show(measured: Readonly<Record<string, number>> | undefined): string {
  if (!measured) return 'not to be asked';
  const { busyDuring = NaN, delayMsDuring = NaN } = measured;
  return `${Math.round(busyDuring * 100)} % busy, ${delayMsDuring.toFixed(1)} ms late`;
}
