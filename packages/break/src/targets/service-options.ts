import type { ServiceDefinition } from '../experiment/model.ts';
import type { RunRecord } from '../journal/record.ts';
import type { Ending } from './life.ts';
import type { ProcessLedger, WatchChannel } from './needs.ts';
import type { ServiceOutput } from './output.ts';
import type { ServicePlace } from './network/system-network.ts';
import type { ReservedPort } from './ports.ts';
import type { Time } from './time.ts';

/** What a service is made of. */
export interface ServiceOptions {
  readonly definition: ServiceDefinition;
  /** The command with the absolute path of its program. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly dataFolder: string;
  readonly output: ServiceOutput;
  readonly port: ReservedPort;
  /** Where in the network it lives. */
  readonly place: ServicePlace;
  /** Another port, when the first one turned out to be taken; without it the port is fixed. */
  readonly movePort: (() => Promise<ReservedPort>) | undefined;
  readonly environment: (port: number) => Readonly<Record<string, string | undefined>>;
  readonly ledger: ProcessLedger;
  readonly watch: WatchChannel;
  readonly time: Time;
  readonly onRecord: (record: RunRecord) => void;
  /** The process ended, and not because the system is being stopped. */
  readonly onExit: (exit: ServiceExit) => void;
}

/** A service's process that ended by itself, or by a fault. */
export interface ServiceExit extends Ending {
  readonly service: string;
  readonly pid: number;
}

/** How a service was stopped. */
export interface StopReport {
  readonly service: string;
  /** `down`: it did not run any more. `killed`: it took no notice of SIGTERM within the grace. */
  readonly how: 'down' | 'exited' | 'killed';
}
