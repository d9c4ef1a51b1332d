/**
 * How a service is seen: its log, and its line to the lab when there is one. The only place of the shop that knows of
 * the lab; without SEAWORTHY_WATCH_URL there is no lab, no connection and no fault.
 */

import { attachFaults } from '@seaworthy/break/inject';
import { defaultRuntime } from '@seaworthy/protect';
import { createLogger, type Logger, logEvents, streamEvents } from '@seaworthy/watch';

/** Writes log lines. */
export type Log = Logger;

/** A service that is seen. */
export interface Observation {
  readonly log: Log;
  /** Sends what is left, and ends the line to the lab. */
  close(): Promise<void>;
}

/** Begins to log and to stream what the policies of this process do. */
export function observe(service: string): Observation {
  const { events, clock } = defaultRuntime;
  const log = createLogger({ service, clock });
  const stopLogging = logEvents(events, log);
  const channel = streamEvents(events, clock);
  const detachFaults = attachFaults(channel);
  return {
    log,
    close: async () => {
      stopLogging();
      detachFaults();
      await channel.close();
    },
  };
}
