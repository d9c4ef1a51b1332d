import type { FaultKind } from './fault.ts';
import { aimedProcess } from './parts/aim.ts';
import { answerWithinMs, ask, showAnswer, silenceMs } from './parts/ask.ts';
import { beginFault } from './parts/begin-fault.ts';
import { FaultError } from './parts/fault-error.ts';
import { waitUntil } from './parts/pause.ts';
import { processState } from './parts/process-state.ts';

/** SIGKILL cannot be refused; a process that waits for a disk may take a moment. */
const goneWithinMs = 5_000;

/** Ends a process without warning, as a crash or a failing machine does; ends by starting the service again. */
export const kill: FaultKind = {
  name: 'kill',
  summary: 'Ends the process at once (SIGKILL), and starts the service again when the fault is over.',
  targets: ['service'],
  options: [],
  async inject(fault, host) {
    const aimed = aimedProcess('kill', fault.target, host);
    const { service, pid } = aimed;
    const before = await ask(service, answerWithinMs);

    return beginFault(fault, host, {
      // When the lab is gone, its services are ended and none is started again.
      steps: [],
      async begin() {
        service.signal('SIGKILL');
        const gone = () => service.pid !== pid;
        if (await waitUntil(host, gone, goneWithinMs)) return;
        throw new FaultError(
          'FAULT_FAILED',
          `Process ${pid} of ${service.name} was still there ${goneWithinMs / 1000} s after SIGKILL.`,
        );
      },
      async end() {
        if (service.pid === undefined) await service.restart();
      },
      async observe() {
        const state = await processState(pid);
        const during = await ask(service, silenceMs([before]));
        return {
          measure: `process ${pid} of ${service.name}, and its ready path`,
          before: `runs, ${showAnswer(before)}`,
          during: `${state === 'gone' ? 'is gone' : state}, ${showAnswer(during)}`,
          bites: state === 'gone' && during.kind !== 'answered',
        };
      },
    });
  },
};
