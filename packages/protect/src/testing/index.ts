export { failsAtRate, failsTimes, hangs, takes, type TestWork } from './flaky.ts';
export { type Recorder, recordEvents } from './recorder.ts';
export { seededRandom } from './seeded-random.ts';
export { type VirtualRuntime, virtualRuntime } from './virtual-runtime.ts';
export { settle, VirtualTime } from './virtual-time.ts';
