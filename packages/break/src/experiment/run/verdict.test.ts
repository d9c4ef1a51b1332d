import { array, assert, constantFrom, property } from 'fast-check';
import { expect, test } from 'vitest';
import type { Verdict } from '../../journal/record.ts';
import { gravest } from './verdict.ts';

test.each<[readonly Verdict[], Verdict]>([
  [[], 'held'],
  [['held', 'held'], 'held'],
  [['not-steady', 'held'], 'not-steady'],
  [['not-steady', 'failed'], 'failed'],
  [['failed', 'fault-not-observed'], 'fault-not-observed'],
  [['fault-not-observed', 'interrupted'], 'interrupted'],
  [['interrupted', 'undo-failed', 'failed'], 'undo-failed'],
])('the gravest of %j is %s', (verdicts, verdict) => {
  expect(gravest(verdicts)).toBe(verdict);
});

test('the order in which verdicts come does not matter', () => {
  const verdict = constantFrom<Verdict>(
    'held',
    'failed',
    'not-steady',
    'fault-not-observed',
    'undo-failed',
    'interrupted',
  );
  assert(
    property(array(verdict), (verdicts) => {
      expect(gravest(verdicts)).toBe(gravest(verdicts.toReversed()));
    }),
  );
});
