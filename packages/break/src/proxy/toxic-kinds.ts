import type { ToxicKind } from './toxic.ts';
import { bandwidth } from './toxics/bandwidth.ts';
import { drop } from './toxics/drop.ts';
import { latency } from './toxics/latency.ts';
import { limitData } from './toxics/limit-data.ts';
import { noop } from './toxics/noop.ts';
import { resetPeer } from './toxics/reset-peer.ts';
import { slicer } from './toxics/slicer.ts';
import { slowClose } from './toxics/slow-close.ts';
import { timeout } from './toxics/timeout.ts';
import { httpStatus } from './toxics/http-status.ts';
import { httpDelay } from './toxics/http-delay.ts';
import { httpTruncate } from './toxics/http-truncate.ts';
import { httpCorrupt } from './toxics/http-corrupt.ts';
import { httpDuplicate } from './toxics/http-duplicate.ts';
import { lostRequest } from './toxics/lost-request.ts';
import { lostReply } from './toxics/lost-reply.ts';
import { halfOpen } from './toxics/half-open.ts';
import { jitter } from './toxics/jitter.ts';
import { packetLoss } from './toxics/packet-loss.ts';
import { refuse } from './toxics/refuse.ts';
import { stall } from './toxics/stall.ts';

/** Every kind of toxic there is. A new one touches its own file and this list. */
export const toxicKinds: readonly ToxicKind[] = [
  latency,
  bandwidth,
  slowClose,
  timeout,
  resetPeer,
  slicer,
  limitData,
  noop,
  drop,
  jitter,
  packetLoss,
  stall,
  refuse,
  halfOpen,
  httpStatus,
  httpDelay,
  httpTruncate,
  httpCorrupt,
  httpDuplicate,
  lostRequest,
  lostReply,
];

const byType = new Map(toxicKinds.map((kind) => [kind.type, kind]));

/** The kind of that type, if there is one. */
export function findToxicKind(type: string): ToxicKind | undefined {
  return byType.get(type);
}
