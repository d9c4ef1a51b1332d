import type { Timer } from '@seaworthy/protect';
import { DelayLine } from '../stream/delay-line.ts';
import type { StreamToxicKind } from '../toxic.ts';

/**
 * Holds a stream still: no byte is lost, none passes. It lasts `duration` ms and comes again every `interval` ms; with
 * 0 it lasts until it is removed. The sender soon has to wait, as behind a cable that was pulled and is put back.
 */
export const stall: StreamToxicKind = {
  type: 'stall',
  structName: 'StallToxic',
  acts: 'on-stream',
  summary: 'Holds the stream still for `duration` ms, every `interval` ms; 0 until it is removed.',
  attributes: [
    {
      name: 'duration',
      type: 'int64',
      default: 0,
      summary: 'how long it lasts in ms; 0 is until it is removed',
    },
    {
      name: 'interval',
      type: 'int64',
      default: 0,
      summary: 'from one beginning to the next in ms; 0 is once',
    },
  ],
  check: ({ duration, interval }) => {
    if (Number(duration) < 0) return `duration must be at least 0 ms, got ${duration}`;
    if (Number(interval) < 0) return `interval must be at least 0 ms, got ${interval}`;
    return Number(interval) > 0 && Number(interval) <= Number(duration)
      ? `interval must be longer than duration (${duration} ms), got ${interval}`
      : undefined;
  },
  create(host, first) {
    const line = new DelayLine(host);
    let timer: Timer | undefined;
    let until = -Infinity;
    const begin = (durationMs: number, intervalMs: number) => {
      timer?.cancel();
      timer = undefined;
      until = durationMs > 0 ? host.clock.now() + durationMs : Infinity;
      line.reschedule(() => until);
      if (intervalMs > 0 && durationMs > 0)
        timer = host.timers.set(() => begin(durationMs, intervalMs), intervalMs);
    };
    begin(Number(first['duration']), Number(first['interval']));
    return {
      capacity: 64 * 1024,
      get held() {
        return line.held;
      },
      push: (chunk) => line.push(chunk, until),
      end: (kind) => line.push(kind, until),
      update: (next) => begin(Number(next['duration']), Number(next['interval'])),
      release() {
        timer?.cancel();
        timer = undefined;
        until = -Infinity;
        line.flush();
      },
      destroy() {
        timer?.cancel();
        line.clear();
      },
    };
  },
};
