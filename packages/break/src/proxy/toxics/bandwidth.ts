import { DelayLine } from '../stream/delay-line.ts';
import type { Attributes, StreamToxicKind } from '../toxic.ts';

/** Data leaves in slices of this length, as a slow line would deliver it, rather than in one late lump. */
const sliceMs = 100;

/** A gap shorter than this between two chunks is a timer's lateness, not an idle line. */
const idleMs = 10;

/** Limits a stream to `rate` KB/s, of 1000 bytes each; 0 lets nothing through and makes the sender wait. */
export const bandwidth: StreamToxicKind = {
  type: 'bandwidth',
  structName: 'BandwidthToxic',
  acts: 'on-stream',
  summary: 'Limits the stream to `rate` KB/s; 0 stalls it.',
  attributes: [{ name: 'rate', type: 'int64', default: 0, summary: 'the rate in KB/s, 1000 bytes each' }],
  check: ({ rate }) => (Number(rate) < 0 ? `rate must be at least 0 KB/s, got ${rate}` : undefined),
  create(host, first) {
    const line = new DelayLine(host);
    let bytesPerMs = Number(first['rate']);
    let freeAt = -Infinity;
    const take = (chunk: Buffer) => {
      const slice = Math.max(1, Math.floor(bytesPerMs * sliceMs));
      const now = host.clock.now();
      if (now - freeAt > idleMs) freeAt = now;
      if (bytesPerMs === 0) {
        line.push(chunk, Infinity);
        return;
      }
      for (let from = 0; from < chunk.length; from += slice) {
        const piece = chunk.length <= slice ? chunk : chunk.subarray(from, from + slice);
        freeAt += piece.length / bytesPerMs;
        line.push(piece, freeAt);
      }
    };
    return {
      get capacity() {
        return Math.min(Math.max(bytesPerMs * 250, 16 * 1024), 1024 * 1024);
      },
      get held() {
        return line.held;
      },
      push: take,
      end: (kind) => line.push(kind, -Infinity),
      update(next: Attributes) {
        bytesPerMs = Number(next['rate']);
        freeAt = -Infinity;
        const waiting = line.take();
        for (const load of waiting) {
          if (typeof load === 'string') line.push(load, -Infinity);
          else take(load);
        }
      },
      release: () => line.flush(),
      destroy: () => line.clear(),
    };
  },
};
