import type { Runtime } from '../kernel/runtime.ts';

/** Waits `ms` milliseconds; false when one of the signals ended the wait, or was aborted before. */
export function pause(runtime: Runtime, ms: number, stops: readonly AbortSignal[]): Promise<boolean> {
  if (stops.some(({ aborted }) => aborted)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (waited: boolean) => {
      for (const unlink of unlinks) unlink();
      timer.cancel();
      resolve(waited);
    };
    const unlinks = stops.map((signal) => runtime.signals.link(signal, () => end(false)));
    const timer = runtime.timers.set(() => end(true), ms);
  });
}
