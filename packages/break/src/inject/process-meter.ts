/**
 * Measures this process: how busy its event loop is, how late it runs, and how much memory it holds.
 */
import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** What was measured over a stretch of time. */
export interface ProcessMeasure {
  /** The share of time in which the event loop had work, 0 to 1. */
  readonly busy: number;
  /** How late a timer was on average, in milliseconds. */
  readonly delayMs: number;
  /** Resident memory at the end, in bytes. */
  readonly rssBytes: number;
  /** The used part of the JavaScript heap at the end, in bytes. */
  readonly heapBytes: number;
}

/** The least that the monitor tells apart; it samples this often. */
const resolutionMs = 10;

/**
 * Begins to measure; the function returned ends it and gives the measures. Costs one native timer meanwhile.
 */
export function startMeter(): () => ProcessMeasure {
  const before: EventLoopUtilization = performance.eventLoopUtilization();
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  return () => {
    delay.disable();
    const { utilization } = performance.eventLoopUtilization(before);
    const meanMs = delay.count > 0 ? delay.mean / 1e6 : 0;
    const { rss, heapUsed } = process.memoryUsage();
    return {
      busy: utilization,
      // The monitor counts its own interval in.
      delayMs: Math.max(0, meanMs - resolutionMs),
      rssBytes: rss,
      heapBytes: heapUsed,
    };
  };
}
