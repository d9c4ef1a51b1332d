import { SeaworthyError } from '../kernel/errors.ts';

/** Every lease is taken, or none could be asked for (`cause` has why). Code `BULKHEAD_FULL`. */
export class LeasesTakenError extends SeaworthyError {
  constructor(name: string, concurrency: number, cause?: unknown) {
    const why =
      cause === undefined ? `all ${concurrency} are taken` : 'their store is away, so that none can be had';
    super('BULKHEAD_FULL', `No lease of "${name}" is free: ${why}. The work was not begun.`, {
      pipeline: name,
      policy: 'bulkhead',
      cause,
    });
  }
}

/** A lease was not renewed in time, or another holder has it. Code `LEASE_LOST`. */
export class LeaseLostError extends SeaworthyError {
  constructor(name: string, cause?: unknown) {
    super(
      'LEASE_LOST',
      `A lease of "${name}" was lost while its work ran: it was not renewed in time. Another may do the same work by now.`,
      { pipeline: name, policy: 'bulkhead', cause },
    );
  }
}
