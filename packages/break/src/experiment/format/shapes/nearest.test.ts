import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { nearest } from './nearest.ts';

const keys = ['title', 'steady-state', 'abort-when', 'expect', 'for', 'at'];
const faults = ['kill', 'hang', 'exhaust-cpu', 'exhaust-memory', 'lost-reply'];

describe('The nearest word', { timeout: 60_000 }, () => {
  test.each([
    ['steady-sate', keys, 'steady-state'],
    ['steadyState', keys, 'steady-state'],
    ['steady_state', keys, 'steady-state'],
    ['tilte', keys, 'title'],
    ['fro', keys, 'for'],
    ['expectations', keys, 'expect'],
    ['abort', keys, 'abort-when'],
    ['cpu', faults, 'exhaust-cpu'],
    ['lost-replies', faults, 'lost-reply'],
    ['KILL', faults, 'kill'],
    ['kill', keys, undefined],
    ['colour', keys, undefined],
    ['', keys, undefined],
  ] as const)('of `%s`', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  test('one slip in a word is always seen', () => {
    const slip = fc.tuple(fc.constantFrom(...keys.slice(0, 4)), fc.nat(), fc.constantFrom('', 'x', 'é'));
    fc.assert(
      fc.property(slip, ([word, where, letter]) => {
        const at = where % word.length;
        expect(nearest(word.slice(0, at) + letter + word.slice(at + 1), keys)).toBe(word);
      }),
    );
  });

  test('a word without end is not compared', () => {
    expect(nearest('x'.repeat(1_000_000), keys)).toBeUndefined();
  });
});
