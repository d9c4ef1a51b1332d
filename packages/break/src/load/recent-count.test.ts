import { array, assert, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { RecentCount } from './recent-count.ts';

test('counts what happened in the last ten tenths of a second, as a recount does', () => {
  assert(
    property(array(nat(400), { maxLength: 60 }), nat(3_000), (gapsMs, waitMs) => {
      const recent = new RecentCount();
      const times: number[] = [];
      let nowMs = 0;
      for (const gapMs of gapsMs) {
        nowMs += gapMs;
        times.push(nowMs);
        recent.add(nowMs);
      }
      nowMs += waitMs;
      const oldestMs = (Math.floor(nowMs / 100) - 9) * 100;
      expect(recent.perSecond(nowMs)).toBe(times.filter((ms) => ms >= oldestMs).length);
    }),
  );
});
