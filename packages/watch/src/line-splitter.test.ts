import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineSplitter } from './line-splitter.ts';

/** Pushes the text in pieces that end at the given places, in bytes. */
function split(text: string, cuts: readonly number[], bytesMax = 1_000, firstBytesMax = bytesMax) {
  const lines: string[] = [];
  let tooLong = 0;
  const splitter = createLineSplitter({
    lineBytesMax: bytesMax,
    firstLineBytesMax: firstBytesMax,
    onLine: (line) => lines.push(line),
    onTooLong() {
      tooLong += 1;
    },
  });
  const bytes = Buffer.from(text);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < places.length; i += 1) {
    const piece = Buffer.from(bytes.subarray(places[i - 1], places[i]));
    splitter.push(piece);
    // A stream may use its buffer again.
    piece.fill(0x0a);
  }
  return { lines, tooLong };
}

const lineText = fc
  .string({ unit: 'binary', maxLength: 30 })
  .filter((text) => !text.includes('\n') && text.isWellFormed());

test('lines come out whole wherever the network cuts them, also within a character', () => {
  fc.assert(
    fc.property(
      fc.array(lineText, { maxLength: 8 }),
      fc.array(fc.nat(500), { maxLength: 12 }),
      (lines, cuts) => {
        expect(split(lines.map((line) => `${line}\n`).join(''), cuts)).toEqual({ lines, tooLong: 0 });
      },
    ),
  );
});

test('a line is refused exactly when it is longer than allowed, and nothing after it is read', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'é'), maxLength: 20 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 30 }),
      fc.array(fc.nat(300), { maxLength: 8 }),
      (lines, bytesMax, cuts) => {
        const firstLong = lines.findIndex((line) => Buffer.byteLength(line) > bytesMax);
        const whole = firstLong === -1 ? lines : lines.slice(0, firstLong);
        expect(split(lines.map((line) => `${line}\n`).join(''), cuts, bytesMax)).toEqual({
          lines: whole,
          tooLong: firstLong === -1 ? 0 : 1,
        });
      },
    ),
  );
});

test('a line without end is given up once it is too long, however it comes', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100), { maxLength: 10 }), (cuts) => {
      expect(split('x'.repeat(101), cuts, 100)).toEqual({ lines: [], tooLong: 1 });
      expect(split('x'.repeat(100), cuts, 100)).toEqual({ lines: [], tooLong: 0 });
    }),
  );
});

test('the first line has a limit of its own', () => {
  expect(split(`${'a'.repeat(5)}\n${'b'.repeat(50)}\n`, [], 60, 5).lines).toHaveLength(2);
  expect(split(`${'a'.repeat(6)}\n${'b'.repeat(50)}\n`, [], 60, 5)).toEqual({ lines: [], tooLong: 1 });
});

test('what stops the splitter from within a line gets no further line', () => {
  const lines: string[] = [];
  const splitter = createLineSplitter({
    lineBytesMax: 100,
    onLine(line) {
      lines.push(line);
      splitter.stop();
    },
    onTooLong: () => expect.unreachable(),
  });
  splitter.push(Buffer.from('one\ntwo\n'));
  splitter.push(Buffer.from('three\n'));
  expect(lines).toEqual(['one']);
});
