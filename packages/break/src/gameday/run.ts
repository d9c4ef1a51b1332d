/**
 * Runs a Game Day: the system is started once, its experiments run one after the other, and whatever happens the system
 * is stopped and the journal has an end.
 */
import { availableParallelism } from 'node:os';
import type { GameDay } from '../experiment/model.ts';
import { planFaults } from '../experiment/run/planned-faults.ts';
import { runExperiment } from '../experiment/run/run-experiment.ts';
import { gravest } from '../experiment/run/verdict.ts';
import { exitCodes, journalVersion, type RunRecordBody, type Verdict } from '../journal/record.ts';
import type { GameDayOptions, GameDayOutcome, StartedSystem } from './run-ports.ts';
import { settle } from './run-settle.ts';

const settleMsDefault = 20_000;
/** Who speaks in the notes of this file. */
const lab = 'lab';

/**
 * Runs a Game Day. Its verdict is the gravest of its experiments: undo failed, interrupted, fault not observed, failed,
 * not steady, held. An experiment that cannot begin does not end the day; a signal does.
 *
 * @throws whatever `startSystem` rejects with, RunError for an experiment that cannot be run, and VariableError or
 *   LoadError for a text that cannot be used; the journal ends with the verdict `invalid` then, and nothing is left
 *   running
 * @example
 * const { exitCode } = await runGameDay(gameDay, {
 *   runId, journal, intend: ledger.intend, faults: faultKinds, clock, timers, seed: 1, signal,
 *   startSystem: ({ onRecord, signal }) => startSystem(gameDay.system, { runFolder, ledger, watch, onRecord, signal }),
 * });
 */
export async function runGameDay(gameDay: GameDay, options: GameDayOptions): Promise<GameDayOutcome> {
  const { signal = new AbortController().signal } = options;
  for (const experiment of gameDay.experiments) planFaults(experiment, options.faults);
  const say = (record: RunRecordBody): void => {
    options.journal.write({ at: Math.round(options.clock.epoch + options.clock.now()), ...record });
  };
  say(startOf(gameDay, options));

  const experiments: { title: string; verdict: Verdict }[] = [];
  let system: StartedSystem | undefined;
  let last: Verdict = 'invalid';
  try {
    system = await start(options, signal);
    if (system !== undefined) await runAll(gameDay, { ...options, signal }, system, experiments, say);
    last = signal.aborted ? 'interrupted' : 'held';
  } finally {
    if (system !== undefined && !(await stopped(system, say))) last = gravest([last, 'undo-failed']);
    last = gravest([last, ...experiments.map(({ verdict }) => verdict)]);
    say({ kind: 'run.ended', verdict: last, exitCode: exitCodes[last] });
  }
  return { verdict: last, exitCode: exitCodes[last], experiments };
}

function startOf(gameDay: GameDay, { runId, seed }: GameDayOptions): RunRecordBody {
  return {
    kind: 'run.started',
    version: journalVersion,
    runId,
    title: gameDay.title,
    system: gameDay.system.name,
    mode: gameDay.mode,
    seed,
    experiments: gameDay.experiments.map(({ title }) => title),
    host: { platform: process.platform, node: process.versions.node, cores: availableParallelism() },
  };
}

/** Starts the system; `undefined` when the signal came first. */
async function start(
  { startSystem, journal }: GameDayOptions,
  signal: AbortSignal,
): Promise<StartedSystem | undefined> {
  if (signal.aborted) return undefined;
  try {
    return await startSystem({ onRecord: (record) => journal.write(record), signal });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function runAll(
  gameDay: GameDay,
  options: GameDayOptions & { readonly signal: AbortSignal },
  system: StartedSystem,
  outcomes: { title: string; verdict: Verdict }[],
  say: (record: RunRecordBody) => void,
): Promise<void> {
  const { settleMs = settleMsDefault, signal, seed } = options;
  for (const [index, experiment] of gameDay.experiments.entries()) {
    await settle(experiment, system, settleMs, options, (text) => say({ kind: 'note', by: lab, text }));
    if (signal.aborted) return;
    // Each experiment has a seed of its own, so that it can be run alone with the same load.
    const { verdict } = await runExperiment(experiment, { ...options, system, seed: seed + index });
    outcomes.push({ title: experiment.title, verdict });
    if (signal.aborted) return;
  }
}

async function stopped(system: StartedSystem, say: (record: RunRecordBody) => void): Promise<boolean> {
  try {
    await system.stop();
    return true;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    say({ kind: 'note', by: lab, text: `The system could not be stopped: ${why}` });
    return false;
  }
}
