export { attachFaults } from './attach-faults.ts';
export type { AttachFaultsOptions, FaultChannel } from './attach-faults.ts';
export { InsideFaultError } from './errors.ts';
export type { InsideFaultErrorCode } from './errors.ts';
export { createInsideFaults } from './inside-faults.ts';
export type { InsideFaults, InsideFaultsOptions, InsideMeasure } from './inside-faults.ts';
