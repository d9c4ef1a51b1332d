/**
 * No fault, but the control measurement of two: the agent measures event loop and memory around every fault, so a fault
 * that does nothing measures the process as it is.
 */
import type { InsideFault } from './inside-fault.ts';

export const measureProcess: InsideFault = {
  name: 'measure',
  begin: () => Promise.resolve({ end() {} }),
};
