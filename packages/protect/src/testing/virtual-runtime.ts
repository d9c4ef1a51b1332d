import { createRuntime, type Runtime } from '../kernel/runtime.ts';
import { type Recorder, recordEvents } from './recorder.ts';
import { seededRandom } from './seeded-random.ts';
import { VirtualTime } from './virtual-time.ts';

/** A runtime whose time and chance a test holds in its hands, and whose events it can read. */
export interface VirtualRuntime extends Runtime {
  readonly time: VirtualTime;
  readonly recorder: Recorder;
}

/**
 * Makes a runtime for tests.
 *
 * @param seed - of its random numbers; default 1
 * @example
 * const runtime = virtualRuntime();
 * const api = pipeline('api', [timeout('1s')], { runtime });
 * const calling = api.run(hangs());
 * await runtime.time.advance(1_000); // calling has rejected with a TimeoutError
 */
export function virtualRuntime(seed = 1): VirtualRuntime {
  const time = new VirtualTime();
  const runtime = createRuntime({ clock: time, timers: time, random: seededRandom(seed) });
  return { ...runtime, time, recorder: recordEvents(runtime.events) };
}
