import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { plain } from './plain.ts';
import { anyText } from '../testing/any-text.ts';

it('makes one line without control and direction marks', () => {
  expect(plain('a\u0000b\n c\u202Ed\u001B[31m')).toBe('a b c d [31m');
});

it('keeps what people write, joined emoji too', () => {
  expect(plain('Größe: 10 µs 👩‍💻 “so”')).toBe('Größe: 10 µs 👩‍💻 “so”');
});

it('cuts at whole characters and says so', () => {
  expect(plain('👍👍👍👍', 3)).toBe('👍👍…');
});

it('gives at most the asked length, whatever comes', () => {
  fc.assert(
    fc.property(anyText(), fc.integer({ min: 1, max: 20 }), (text, most) => {
      const line = plain(text, most);
      expect(Array.from(line).length).toBeLessThanOrEqual(most);
      expect(line).not.toMatch(/[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/u);
    }),
  );
});
