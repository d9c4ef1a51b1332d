import type { FaultKind } from './fault.ts';
import { aimedProcess, stillRuns } from './parts/aim.ts';
import { answerWithinMs, ask, showAnswer, silenceMs } from './parts/ask.ts';
import { beginFault } from './parts/begin-fault.ts';
import { FaultError } from './parts/fault-error.ts';
import { waitUntil } from './parts/pause.ts';
import { processState } from './parts/process-state.ts';

/** The system stops and continues a process at once; a loaded machine may take a moment to say so. */
const changedWithinMs = 5_000;

/** Stops a process without ending it: its port still takes connections, and nothing answers. */
export const hang: FaultKind = {
  name: 'hang',
  summary: 'Stops the process without ending it (SIGSTOP), and lets it go on afterwards.',
  targets: ['service'],
  options: [],
  async inject(fault, host) {
    const aimed = aimedProcess('hang', fault.target, host);
    const { service, pid, startedAt } = aimed;
    const before = await ask(service, answerWithinMs);

    return beginFault(fault, host, {
      steps: [{ do: 'signal', pid, startedAt, signal: 'SIGCONT' }],
      async begin() {
        const stopped = async () => (await processState(pid)) === 'stopped';
        if (service.signal('SIGSTOP') && (await waitUntil(host, stopped, changedWithinMs))) return;
        throw new FaultError('FAULT_FAILED', `Process ${pid} of ${service.name} did not stop on SIGSTOP.`);
      },
      async end() {
        // A process that ended meanwhile is not stopped, and the one after it never was.
        if (!stillRuns(aimed)) return;
        service.signal('SIGCONT');
        const goesOn = async () => !stillRuns(aimed) || (await processState(pid)) !== 'stopped';
        if (await waitUntil(host, goesOn, changedWithinMs)) return;
        throw new FaultError(
          'UNDO_FAILED',
          `Process ${pid} of ${service.name} is still stopped after SIGCONT; try \`kill -CONT ${pid}\`.`,
        );
      },
      async observe() {
        const state = stillRuns(aimed) ? await processState(pid) : 'gone';
        const during = await ask(service, silenceMs([before]));
        return {
          measure: `process ${pid} of ${service.name}, and its ready path`,
          before: `running, ${showAnswer(before)}`,
          during: `${state}, ${showAnswer(during)}`,
          bites: state === 'stopped' && during.kind !== 'answered',
        };
      },
    });
  },
};
