import { DelayLine } from '../stream/delay-line.ts';
import type { Attributes, StreamToxicKind } from '../toxic.ts';

/** As much as a fast link holds in flight; beyond it the sender waits. */
const capacity = 32 * 1024 * 1024;

/** Delays everything by `latency` ms, plus or minus up to `jitter` ms, from the moment it arrives. Order is kept. */
export const latency: StreamToxicKind = {
  type: 'latency',
  structName: 'LatencyToxic',
  acts: 'on-stream',
  summary: 'Delays all data by `latency` ms, plus or minus `jitter` ms.',
  attributes: [
    { name: 'latency', type: 'int64', default: 0, summary: 'the delay in ms' },
    { name: 'jitter', type: 'int64', default: 0, summary: 'the most that is added or taken off, in ms' },
  ],
  create(host, first) {
    const line = new DelayLine(host);
    let attributes = first;
    const delay = () => {
      const { latencyMs, jitterMs } = read(attributes);
      return jitterMs > 0 ? latencyMs + (host.random() * 2 - 1) * jitterMs : latencyMs;
    };
    return {
      capacity,
      get held() {
        return line.held;
      },
      push: (chunk) => line.push(chunk, host.clock.now() + delay()),
      // The end is not delayed by itself: it follows the last byte.
      end: (kind) => line.push(kind, -Infinity),
      update(next) {
        attributes = next;
        line.reschedule((load, arrivedAt) => (typeof load === 'string' ? -Infinity : arrivedAt + delay()));
      },
      release: () => line.flush(),
      destroy: () => line.clear(),
    };
  },
};

function read(attributes: Attributes): { latencyMs: number; jitterMs: number } {
  return { latencyMs: Number(attributes['latency']), jitterMs: Number(attributes['jitter']) };
}
