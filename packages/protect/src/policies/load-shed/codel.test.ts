import { describe, expect, it } from 'vitest';
import { Codel } from './codel.ts';

const target = 20;
const interval = 100;

/** Serves someone every `everyMs` from `from` until `until`, after a wait; tells how many were to be let go. */
function serve(
  codel: Codel,
  from: number,
  until: number,
  everyMs: number,
  waitedMs: (now: number) => number,
): number {
  let shed = 0;
  for (let now = from; now < until; now += everyMs) if (codel.shouldShed(waitedMs(now), now)) shed++;
  return shed;
}

describe('CoDel', () => {
  it('lets a burst pass that is over within an interval', () => {
    const codel = new Codel(target, interval);
    expect(serve(codel, 0, 90, 10, () => 150)).toBe(0);
    expect(serve(codel, 90, 1_000, 10, () => 0)).toBe(0);
  });

  it('takes a queue for a standing one when even its shortest wait was too long for an interval', () => {
    const codel = new Codel(target, interval);
    expect(serve(codel, 0, 100, 10, () => 50)).toBe(0);
    expect(codel.standing).toBe(false);
    expect(codel.shouldShed(50, 100)).toBe(true);
    expect(codel.standing).toBe(true);
  });

  it('lets none go that waited no more than twice the target', () => {
    const codel = new Codel(target, interval);
    serve(codel, 0, 100, 10, () => 50);
    expect(codel.shouldShed(40, 100)).toBe(false);
    expect(codel.shouldShed(41, 101)).toBe(true);
  });

  it('is at ease again after an interval with one short wait', () => {
    const codel = new Codel(target, interval);
    serve(codel, 0, 150, 10, () => 50);
    codel.shouldShed(5, 150);
    serve(codel, 160, 200, 10, () => 50);
    expect(codel.shouldShed(50, 200)).toBe(false);
    expect(codel.standing).toBe(false);
  });

  it('does not take a queue for a standing one that was empty meanwhile', () => {
    const codel = new Codel(target, interval);
    serve(codel, 0, 100, 10, () => 50);
    expect(codel.shouldShed(50, 100, 1)).toBe(false);
  });

  it('judges nobody by what was before an idle time', () => {
    const codel = new Codel(target, interval);
    serve(codel, 0, 100, 10, () => 50);
    expect(codel.shouldShed(50, 5_000)).toBe(false);
  });
});
