import { bandwidth } from './bandwidth.ts';
import { callError } from './call-error.ts';
import { callLatency } from './call-latency.ts';
import { connectionReset } from './connection-reset.ts';
import { halfOpen } from './half-open.ts';
import { httpCorrupt } from './http-corrupt.ts';
import { httpDelay } from './http-delay.ts';
import { httpDuplicate } from './http-duplicate.ts';
import { httpStatus } from './http-status.ts';
import { httpTruncate } from './http-truncate.ts';
import { jitter } from './jitter.ts';
import { packetLoss } from './packet-loss.ts';
import { connectionRefused } from './connection-refused.ts';
import { dnsFailure } from './dns-failure.ts';
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
  jitter,
  bandwidth,
  packetLoss,
  partition,
  lostReply,
  lostRequest,
  connectionRefused,
  connectionReset,
  halfOpen,
  dnsFailure,
  httpStatus,
  httpDelay,
  httpTruncate,
  httpCorrupt,
  httpDuplicate,
  callLatency,
  callError,
  exhaustCpu,
  exhaustMemory,
  exhaustDisk,
  trafficSpike,
]);

export {
  dnsFailure,
  bandwidth,
  callError,
  callLatency,
  connectionReset,
  halfOpen,
  httpCorrupt,
  httpDelay,
  httpDuplicate,
  httpStatus,
  httpTruncate,
  jitter,
  packetLoss,
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
  LinkNetwork,
  LoadHandle,
  NameAnswer,
  NameFault,
  OptionProblem,
  ServiceHandle,
  UndoStep,
} from './fault.ts';
