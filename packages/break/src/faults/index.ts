import { connectionRefused } from './connection-refused.ts';
import { exhaustCpu } from './exhaust-cpu.ts';
import { exhaustDisk } from './exhaust-disk.ts';
import { exhaustMemory } from './exhaust-memory.ts';
import type { FaultKind } from './fault.ts';
import { hang } from './hang.ts';
import { kill } from './kill.ts';
import { latency } from './latency.ts';
import { lostReply } from './lost-reply.ts';
import { lostRequest } from './lost-request.ts';
import { partition } from './partition.ts';
import { trafficSpike } from './traffic-spike.ts';

/** Every kind of fault there is. A new one touches its own file and this list. */
export const faultKinds: readonly FaultKind[] = Object.freeze([
  kill,
  hang,
  latency,
  partition,
  lostReply,
  lostRequest,
  connectionRefused,
  exhaustCpu,
  exhaustMemory,
  exhaustDisk,
  trafficSpike,
]);

export {
  connectionRefused,
  exhaustCpu,
  exhaustDisk,
  exhaustMemory,
  hang,
  kill,
  latency,
  lostReply,
  lostRequest,
  partition,
  trafficSpike,
};
export { FaultError } from './parts/fault-error.ts';
export type { FaultErrorCode } from './parts/fault-error.ts';
export type {
  ActiveFault,
  FaultHost,
  FaultInstance,
  FaultKind,
  FaultOption,
  LinkHandle,
  LoadHandle,
  OptionProblem,
  ServiceHandle,
  UndoStep,
} from './fault.ts';
