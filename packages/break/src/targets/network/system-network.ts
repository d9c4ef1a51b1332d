import type { Random } from '@seaworthy/protect';
import type { LinkNetwork } from '../../faults/fault.ts';
import type { ProcessLedger } from '../needs.ts';

/** Where the services of a system live, and how they reach each other. */
export interface SystemNetwork {
  readonly kind: 'loopback' | 'namespaces';
  place(service: string): ServicePlace;
  /** The place of the proxy between two services. */
  link(from: string, to: string): LinkPlace;
  /** Lets the services reach a port of the lab's loopback at the same address as the lab does. */
  shareLabPort(port: number): Promise<void>;
  /** Removes what was made; for after the last process. */
  close(): Promise<void>;
}

export interface ServicePlace {
  /** The address at which the lab reaches the service. */
  readonly host: string;
  /** What its command begins with. */
  readonly enter: readonly string[];
  /** Leads the port to the service, wherever it listens there. */
  openPort(port: number): Promise<void>;
}

export interface LinkPlace {
  /** The proxy's address; with namespaces each link has one of its own, from which it also calls the service. */
  readonly host: string;
  /** The name by which the caller finds it; without one it is found by its address. */
  readonly name: string | undefined;
  /** The real network on both sides of the proxy, which asks the callee's ready path at this address. */
  readonly network: ((readyUrl: string) => LinkNetwork) | undefined;
}

/** What a network of namespaces is made with. */
export interface NetworkParts {
  readonly ledger: Pick<ProcessLedger, 'intend'>;
  readonly random: Random;
  /** For files that the services see in the place of the machine's own. */
  readonly folder: string;
}
