import { DelayLine } from '../stream/delay-line.ts';
import type { StreamToxicKind } from '../toxic.ts';

/** Cuts data into pieces of about `average_size` bytes, with `delay` microseconds between them. */
export const slicer: StreamToxicKind = {
  type: 'slicer',
  structName: 'SlicerToxic',
  acts: 'on-stream',
  summary: 'Cuts data into pieces of `average_size` bytes, give or take `size_variation`, `delay` us apart.',
  attributes: [
    { name: 'average_size', type: 'int', default: 0, summary: 'the size of a piece in bytes, at least 1' },
    {
      name: 'size_variation',
      type: 'int',
      default: 0,
      summary: 'the most that is added or taken off, in bytes',
    },
    { name: 'delay', type: 'int', default: 0, summary: 'the time between pieces in microseconds' },
  ],
  check: (attributes) =>
    Number(attributes['average_size']) < 1
      ? `average_size must be at least 1 byte, got ${attributes['average_size']}`
      : undefined,
  create(host, first) {
    const line = new DelayLine(host);
    let attributes = first;
    let nextAt = -Infinity;
    const pieceSize = () => {
      const variation = Math.max(0, Number(attributes['size_variation']));
      const size = Number(attributes['average_size']) + Math.round((host.random() * 2 - 1) * variation);
      return Math.max(1, size);
    };
    const take = (chunk: Buffer) => {
      const gapMs = Number(attributes['delay']) / 1000;
      nextAt = Math.max(nextAt, host.clock.now());
      for (let from = 0; from < chunk.length; ) {
        const piece = chunk.subarray(from, from + pieceSize());
        from += piece.length;
        line.push(piece, nextAt);
        nextAt += gapMs;
      }
    };
    return {
      capacity: 16 * 1024,
      get held() {
        return line.held;
      },
      push: take,
      end: (kind) => line.push(kind, -Infinity),
      update(next) {
        attributes = next;
        nextAt = -Infinity;
        // What is cut stays cut; only its pace is new.
        const gapMs = Number(attributes['delay']) / 1000;
        nextAt = host.clock.now();
        line.reschedule(() => (nextAt += gapMs));
      },
      release: () => line.flush(),
      destroy: () => line.clear(),
    };
  },
};
