import { askProbe } from '../probes/ask-probe.ts';
import type { Experiment } from '../experiment/model.ts';
import type { ExperimentOptions } from '../experiment/run/ports.ts';
import { wait } from '../experiment/run/wait.ts';
import type { StartedSystem } from './run-ports.ts';

/** Between two looks at a system that is not steady yet. */
const lookEveryMs = 500;
/** Enough to warm a service up, and to tell a slow one. */
const requests = 20;

/**
 * Brings the system back to where an experiment can begin: what an earlier one left dead is started again, and the
 * steady state is waited for, at most `withinMs`. Whether it holds is for the experiment itself to measure.
 */
export async function settle(
  experiment: Experiment,
  system: StartedSystem,
  withinMs: number,
  {
    clock,
    timers,
    signal,
    askProbe: ask = askProbe,
  }: Pick<ExperimentOptions, 'clock' | 'timers' | 'signal' | 'askProbe'>,
  note: (text: string) => void,
): Promise<void> {
  const untilMs = clock.now() + withinMs;
  await Promise.all(
    system.services.map(async (service) => {
      if (service.pid !== undefined) return;
      note(`${service.name} was not running and is started again.`);
      await service.restart().catch((error: unknown) => {
        note(
          `${service.name} could not be started again: ${error instanceof Error ? error.message : String(error)}`,
        );
      });
    }),
  );
  const host = {
    variables: system.variables,
    service: (name: string) => system.service(name),
    clock,
    timers,
  };
  const options = { requests, ...(signal === undefined ? {} : { signal }) };
  for (;;) {
    const results = await Promise.all(experiment.steadyState.map((probe) => ask(probe, host, options)));
    const wrong = experiment.steadyState.findIndex((_, index) => results[index]?.held !== true);
    if (wrong === -1) return;
    if (clock.now() >= untilMs) {
      note(
        `Not steady ${withinMs / 1_000} s before ${experiment.title}: ${experiment.steadyState[wrong]?.name}: ${results[wrong]?.seen}.`,
      );
      return;
    }
    if (!(await wait(timers, lookEveryMs, signal))) return;
  }
}
