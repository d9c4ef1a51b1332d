import { DelayLine } from '../stream/delay-line.ts';
import type { StreamToxicKind } from '../toxic.ts';

/** Lets data pass and delays the end of the stream by `delay` ms. */
export const slowClose: StreamToxicKind = {
  type: 'slow_close',
  structName: 'SlowCloseToxic',
  acts: 'on-stream',
  summary: 'Delays the end of the stream by `delay` ms.',
  attributes: [{ name: 'delay', type: 'int64', default: 0, summary: 'the delay in ms' }],
  create(host, first) {
    const line = new DelayLine(host);
    let delayMs = Number(first['delay']);
    return {
      capacity: 0,
      held: 0,
      push: (chunk) => host.emit(chunk),
      end: (kind) => line.push(kind, host.clock.now() + delayMs),
      update(next) {
        delayMs = Number(next['delay']);
        line.reschedule((_load, arrivedAt) => arrivedAt + delayMs);
      },
      release: () => line.flush(),
      destroy: () => line.clear(),
    };
  },
};
