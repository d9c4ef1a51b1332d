import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createNativeTimers } from './timers.ts';

const dayMs = 24 * 3_600_000;

/** As the platform: a delay beyond 2³¹ - 1 ms fires at once. */
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a native timer', () => {
  it.each([10, 24, 25, 30, 365])('fires after %i days, and once', (days) => {
    let fired = 0;
    createNativeTimers().set(() => fired++, days * dayMs);
    vi.advanceTimersByTime(days * dayMs - 1);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('can be cancelled at any time, also beyond its first 24 days', () => {
    let fired = 0;
    const timer = createNativeTimers().set(() => fired++, 60 * dayMs);
    vi.advanceTimersByTime(50 * dayMs);
    timer.cancel();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(60 * dayMs);
    timer.cancel();
    expect(fired).toBe(0);
  });
});
