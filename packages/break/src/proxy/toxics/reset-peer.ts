import { DelayLine } from '../stream/delay-line.ts';
import type { StreamToxicKind } from '../toxic.ts';

/**
 * Resets the connection with an RST, `timeout` ms after the first data or end arrived. Until then that data is held,
 * so that a toxic that is removed in time leaves no hole in the stream.
 */
export const resetPeer: StreamToxicKind = {
  type: 'reset_peer',
  structName: 'ResetToxic',
  acts: 'on-stream',
  summary: 'Resets the connection `timeout` ms after the first data.',
  attributes: [{ name: 'timeout', type: 'int64', default: 0, summary: 'the time in ms' }],
  create(host, first) {
    // The line holds the data; the reset is on a timer of its own, or it would have to wait behind the data.
    const line = new DelayLine(host);
    const fuse = new DelayLine(host);
    let timeoutMs = Number(first['timeout']);
    let lit = false;
    const light = () => {
      if (lit) return;
      lit = true;
      fuse.push('reset', host.clock.now() + timeoutMs);
    };
    const destroy = () => {
      fuse.clear();
      line.clear();
    };
    return {
      capacity: 64 * 1024,
      get held() {
        return line.held;
      },
      push(chunk) {
        line.push(chunk, Infinity);
        light();
      },
      end(kind) {
        line.push(kind, Infinity);
        light();
      },
      update(next) {
        timeoutMs = Number(next['timeout']);
        fuse.reschedule((_load, arrivedAt) => arrivedAt + timeoutMs);
      },
      release() {
        fuse.clear();
        lit = false;
        line.flush();
      },
      destroy,
    };
  },
};
