import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fit, flow, paint, span, spread, widthOf } from './line.ts';

describe('a line', () => {
  it('is cut with a mark where something was lost, by what people see as one character', () => {
    expect(paint(fit([span('chart 📈📈 of 日本'), span(' more')], 10), false)).toBe('chart 📈…');
    expect(paint(fit([span('short')], 10), false)).toBe('short');
  });

  it('fits into any width, whatever it says', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.nat(60), (texts, columns) => {
        expect(
          widthOf(
            fit(
              texts.map((text) => span(text)),
              columns,
            ),
          ),
        ).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it('lets nothing through that steers a terminal', () => {
    const hostile = 'name\u001b]0;title\u0007\u001b[2J\r\nnext\u009b31m';
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(paint([span(hostile)], false)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });

  it('puts its last piece at the right edge', () => {
    expect(paint(spread([span('left')], [span('right')], 12), false)).toBe('left   right');
    expect(paint(spread([span('much too long')], [span('right')], 12), false)).toBe('much…  right');
  });
});

describe('items that flow', () => {
  const items = ['alpha', 'beta', 'gamma', 'delta'].map((text) => span(text));
  const texts = (columns: number, lines: number) =>
    flow(items, columns, lines).map((line) => paint(line, false));

  it('take as many lines as they need', () => {
    expect(texts(14, 9)).toEqual(['alpha · beta', 'gamma · delta']);
  });

  it('are counted where there is no room for them', () => {
    expect(texts(20, 1)).toEqual(['alpha · beta +2 more']);
    expect(texts(14, 1)).toEqual(['alpha +3 more']);
  });
});
