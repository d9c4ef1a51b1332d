import type { Timer } from '@seaworthy/protect';
import type { StreamToxicKind } from '../toxic.ts';

/**
 * Throws all data away, and closes the connection once nothing came for `timeout` ms; 0 never closes it. The
 * connection is closed too when the toxic is removed, since its bytes are gone.
 */
export const timeout: StreamToxicKind = {
  type: 'timeout',
  structName: 'TimeoutToxic',
  acts: 'on-stream',
  summary: 'Stops all data, and closes the connection after `timeout` ms; 0 never closes it.',
  attributes: [{ name: 'timeout', type: 'int64', default: 0, summary: 'the time in ms; 0 is never' }],
  create(host, first) {
    let timer: Timer | undefined;
    const arm = (timeoutMs: number) => {
      timer?.cancel();
      timer = timeoutMs > 0 ? host.timers.set(() => host.end('close'), timeoutMs) : undefined;
    };
    let timeoutMs = Number(first['timeout']);
    arm(timeoutMs);
    const destroy = () => {
      timer?.cancel();
      timer = undefined;
    };
    return {
      capacity: 0,
      held: 0,
      spoiled: true,
      push: () => arm(timeoutMs),
      end(kind) {
        destroy();
        host.end(kind);
      },
      update(next) {
        timeoutMs = Number(next['timeout']);
        arm(timeoutMs);
      },
      release: destroy,
      destroy,
    };
  },
};
