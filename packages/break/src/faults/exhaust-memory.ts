import type { FaultKind } from './fault.ts';
import { aimedProcess, stillRuns } from './parts/aim.ts';
import { beginFault } from './parts/begin-fault.ts';
import { leaseMsFor } from './parts/lease.ts';
import { lookInside } from './parts/look-inside.ts';

export interface ExhaustMemoryOptions extends Readonly<Record<string, unknown>> {
  /** How much is held, in bytes. */
  readonly size: number;
  /** Outside the JavaScript heap, or within it, where the collector has to walk it. */
  readonly area: 'buffers' | 'heap';
}

const megabyte = 2 ** 20;
/** What must be seen of the size; a process gives back and takes memory of its own meanwhile. */
const seenLeast = 0.7;

/** Takes memory in a service and holds it, as a leak does. */
export const exhaustMemory: FaultKind<ExhaustMemoryOptions> = {
  name: 'exhaust-memory',
  summary: 'Takes memory inside the service and holds it until the fault is over.',
  targets: ['service'],
  options: [
    { name: 'size', type: 'size', default: 256 * megabyte, least: megabyte, summary: 'how much is held' },
    {
      name: 'area',
      type: 'choice',
      choices: ['buffers', 'heap'],
      default: 'buffers',
      summary: 'outside the JavaScript heap, or within it, where the collector has to walk it',
    },
  ],
  async inject(fault, host) {
    const aimed = aimedProcess('exhaust-memory', fault.target, host);
    const { service } = aimed;
    const { size, area } = fault.options;
    const measured = area === 'heap' ? 'heapBytesDuring' : 'rssBytesDuring';
    let looks = 0;
    const look = async () => {
      looks += 1;
      return (await lookInside(service, `${fault.id}-look-${looks}`, 'measure'))?.[measured];
    };
    const before = await look();

    return beginFault(fault, host, {
      // It ends with its lease, with its process and with the connection to the lab: nothing of it outlives the lab.
      steps: [],
      async begin() {
        await service.beginInside(fault.id, 'exhaust-memory', { size, area }, leaseMsFor(fault.forMs));
      },
      async end() {
        if (stillRuns(aimed)) await service.endInside(fault.id);
      },
      async observe() {
        const during = stillRuns(aimed) ? await look() : undefined;
        const grown = (during ?? NaN) - (before ?? NaN);
        return {
          measure: area === 'heap' ? `used heap of ${service.name}` : `resident memory of ${service.name}`,
          before: show(before),
          during: show(during),
          bites: grown >= seenLeast * size,
        };
      },
    });
  },
};

function show(bytes: number | undefined): string {
  return bytes === undefined ? 'not to be asked' : `${Math.round(bytes / megabyte)} MiB`;
}
