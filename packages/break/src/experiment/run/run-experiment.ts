/**
 * Runs one experiment on one clock: the steady state is measured, faults come and go on schedule while the load runs,
 * the system is watched until it is steady again, and the record is judged. Whatever happens, every fault is undone.
 */
import type { Experiment } from '../model.ts';
import { ExperimentRun } from './experiment-run.ts';
import { planFaults } from './planned-faults.ts';
import type { ExperimentOptions, ExperimentOutcome } from './ports.ts';

/**
 * Runs an experiment.
 *
 * @throws RunError when it cannot be run as it is, and VariableError or LoadError when a text of it cannot be filled in
 *   or sent; nothing was injected then
 * @example
 * const { verdict } = await runExperiment(experiment, {
 *   system, intend: ledger.intend, faults: faultKinds, journal, clock, timers, seed: 1,
 * });
 */
export async function runExperiment(
  experiment: Experiment,
  options: ExperimentOptions,
): Promise<ExperimentOutcome> {
  const plans = planFaults(experiment, options.faults);
  const run = new ExperimentRun(experiment, options);
  try {
    return await run.run(plans);
  } finally {
    await run.close();
  }
}
