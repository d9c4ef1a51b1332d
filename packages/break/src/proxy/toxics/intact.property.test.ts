import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stageBench } from '../testing/stage-bench.ts';
import { bandwidth } from './bandwidth.ts';
import { latency } from './latency.ts';
import { slicer } from './slicer.ts';
import { slowClose } from './slow-close.ts';

const kinds = {
  latency: {
    kind: latency,
    attributes: fc.record({
      latency: fc.integer({ min: -10, max: 500 }),
      jitter: fc.integer({ min: -10, max: 800 }),
    }),
  },
  bandwidth: { kind: bandwidth, attributes: fc.record({ rate: fc.integer({ min: 0, max: 50 }) }) },
  slicer: {
    kind: slicer,
    attributes: fc.record({
      average_size: fc.integer({ min: 1, max: 20 }),
      size_variation: fc.integer({ min: 0, max: 30 }),
      delay: fc.integer({ min: 0, max: 5000 }),
    }),
  },
  slow_close: { kind: slowClose, attributes: fc.record({ delay: fc.integer({ min: 0, max: 500 }) }) },
} as const;

describe.each(Object.entries(kinds))('%s', (_name, { kind, attributes }) => {
  type Values = Readonly<Record<string, number>>;
  const values = attributes as fc.Arbitrary<Values>;
  const step = fc.oneof(
    fc.record({ do: fc.constant('push' as const), size: fc.integer({ min: 1, max: 300 }) }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 400 }) }),
    fc.record({ do: fc.constant('update' as const), to: values }),
    fc.record({ do: fc.constant('release' as const) }),
  );

  it('loses, doubles and swaps no byte, whatever is changed on the way, and ends once', () => {
    fc.assert(
      fc.property(values, fc.array(step, { maxLength: 40 }), fc.integer(), (first, steps, seed) => {
        const bench = stageBench(kind, first, { seed });
        let sent = '';
        for (const one of steps) {
          if (one.do === 'push') {
            const text = Array.from({ length: one.size }, (_, i) =>
              String.fromCharCode((sent.length + i) % 251),
            ).join('');
            sent += text;
            bench.push(text);
          } else if (one.do === 'advance') bench.time.advance(one.ms);
          else if (one.do === 'update') bench.update(one.to);
          else bench.stage.release();
          expect(sent.startsWith(bench.text())).toBe(true);
          expect(bench.stage.held).toBe(sent.length - bench.text().length);
        }
        bench.stage.end('end');
        bench.stage.release();
        expect(bench.text()).toBe(sent);
        expect(bench.out.filter(({ what }) => what === '<end>')).toHaveLength(1);
        expect(bench.out.at(-1)?.what).toBe('<end>');
        expect(bench.time.pending()).toBe(0);
      }),
    );
  });
});
