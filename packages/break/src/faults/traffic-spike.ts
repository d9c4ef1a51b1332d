import type { FaultKind } from './fault.ts';
import { beginFault } from './parts/begin-fault.ts';
import { FaultError } from './parts/fault-error.ts';
import { pause } from './parts/pause.ts';

export interface TrafficSpikeOptions extends Readonly<Record<string, unknown>> {
  /** How many times the load's own rate. */
  readonly times: number;
  /** Requests a second in place of `times`; 0 is not set. */
  readonly rate: number;
}

/** What the generator counts over. */
const countedMs = 1_000;
/** What the generator must reach of the rise to call it one. */
const riseLeast = 0.5;

/** Sends more requests, as a sale, a crawler or a retry storm does. */
export const trafficSpike: FaultKind<TrafficSpikeOptions> = {
  name: 'traffic-spike',
  summary: 'Raises the rate of the load, and sets it back afterwards.',
  targets: ['load'],
  options: [
    {
      name: 'times',
      type: 'count',
      default: 5,
      least: 1,
      most: 1000,
      summary: "how many times the load's own rate",
    },
    { name: 'rate', type: 'rate', default: 0, summary: 'requests a second, in place of `times`' },
  ],
  async inject(fault, host) {
    const load = host.load();
    const { times, rate } = fault.options;
    const rateBefore = load.ratePerSecond;
    const rateDuring = rate > 0 ? rate : rateBefore * times;
    if (rateDuring <= rateBefore) {
      throw new FaultError(
        'FAULT_OPTION_INVALID',
        `A traffic spike of ${rateDuring} requests a second is none: the load already has ${rateBefore}. Choose a higher \`rate\`, or \`times\` above 1.`,
      );
    }
    const sentBefore = load.sentPerSecond();

    return beginFault(fault, host, {
      // The load is the lab's own, and gone when it is.
      steps: [],
      async begin() {
        load.setRate(rateDuring);
      },
      async end() {
        load.setRate(rateBefore);
      },
      async observe() {
        await pause(host.timers, countedMs);
        const sentDuring = load.sentPerSecond();
        return {
          measure: 'requests sent in a second',
          before: String(Math.round(sentBefore)),
          during: String(Math.round(sentDuring)),
          bites: sentDuring >= rateBefore + riseLeast * (rateDuring - rateBefore),
        };
      },
    });
  },
};
