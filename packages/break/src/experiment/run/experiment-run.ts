import type { LoadSample, Phase, RunRecord, RunRecordBody, Verdict } from '../../journal/record.ts';
import type { RunningLoad } from '../../load/load.ts';
import { startLoadThread } from '../../load/start-load-thread.ts';
import { askProbe } from '../../probes/ask-probe.ts';
import type { AskOptions, ProbeResult } from '../../probes/probe.ts';
import type { Experiment, Probe } from '../model.ts';
import { abortWatch } from './abort-watch.ts';
import { evaluate } from './evaluate.ts';
import { faultHost } from './fault-host.ts';
import { findingsOf } from './findings.ts';
import { holdMs } from './judge-steady-again.ts';
import type { PlannedFault } from './planned-faults.ts';
import type { ExperimentOptions, ExperimentOutcome, JudgedExpectation } from './ports.ts';
import { watchProbes } from './probe-watch.ts';
import type { FaultOutcome } from './run-fault.ts';
import { runFaults } from './run-faults.ts';
import { gravest } from './verdict.ts';
import { wait } from './wait.ts';

/** How a probe with a limit on p99 is asked again and again: so that it is no load of its own. */
const watchRequests = { requests: 10, overMs: 400 };
/** The services tell what their policies did within this time. */
const lastWordsMs = 250;
/** The records of one experiment that are kept to be judged: about a gigabyte at the most. */
const recordsMax = 1_000_000;

/** One run of an experiment. What it does is in {@link runExperiment}'s description. */
export class ExperimentRun {
  readonly #experiment: Experiment;
  readonly #options: ExperimentOptions;
  readonly #records: RunRecord[] = [];
  readonly #unsubscribe: () => void;
  /** Ends the faults: with the run's own signal, or when a condition to abort is met. */
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #abortWatch: ReturnType<typeof abortWatch>;
  #phase: Phase = 'before';
  #load: RunningLoad | undefined;
  #aborted = false;
  #isFull = false;

  constructor(experiment: Experiment, options: ExperimentOptions) {
    this.#experiment = experiment;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#abortWatch = abortWatch(experiment.abortWhen);
    this.#unsubscribe = options.journal.subscribe((record) => this.#keep(record));
    this.#signal.addEventListener('abort', this.#onSignal);
    if (this.#signal.aborted) this.#onSignal();
  }

  /** From the steady state before to the verdict. */
  async run(plans: readonly PlannedFault[]): Promise<ExperimentOutcome> {
    const { title, description, file, steadyState, expect } = this.#experiment;
    this.#say({
      kind: 'experiment.started',
      experiment: title,
      description,
      file,
      steadyState: steadyState.map(({ name }) => name),
      expectations: expect.map(({ text }) => text),
    });
    try {
      if (await this.#isSteadyBefore()) return await this.#breakAndWatch(plans);
      return await this.#end(this.#signal.aborted ? 'interrupted' : 'not-steady', []);
    } catch (error) {
      await this.#end('invalid', []);
      throw error;
    }
  }

  /** Ends what the run began; the faults have ended by then. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#signal.removeEventListener('abort', this.#onSignal);
    await this.#load?.stop({ atOnce: true });
    this.#unsubscribe();
  }

  async #isSteadyBefore(): Promise<boolean> {
    this.#enter('before');
    this.#startLoad();
    const { title, steadyState, beforeMs } = this.#experiment;
    const passed = wait(this.#options.timers, beforeMs, this.#signal);
    const held = await Promise.all(
      steadyState.map(async (probe) => {
        // One with a limit on p99 takes the whole time; the others say how things are at its end.
        const repeats = probe.kind === 'http' && probe.p99MsMax !== undefined;
        if (!repeats) await passed;
        return this.#askAndSay(probe, { overMs: beforeMs });
      }),
    );
    await passed;
    if (this.#signal.aborted || held.includes(false)) return false;
    // A load that never had a good answer is aimed at the wrong place; what it shows is not the fault's doing.
    const totals = this.#load?.totals;
    if (totals === undefined || totals.bad === 0 || totals.good > 0) return true;
    const text =
      'No request of the load had a good answer before any fault. Check its URLs and good statuses.';
    this.#say({ kind: 'finding', experiment: title, text });
    return false;
  }

  async #breakAndWatch(plans: readonly PlannedFault[]): Promise<ExperimentOutcome> {
    this.#enter('fault');
    const { timers } = this.#options;
    const { title, steadyState } = this.#experiment;
    const watch = watchProbes(
      steadyState,
      timers,
      (probe, signal) => this.#ask(probe, { ...watchRequests, signal }),
      (probe, result) => this.#sayProbe(probe, result),
    );
    const faults = runFaults(plans, {
      experiment: title,
      host: faultHost(this.#options, title, this.#load),
      clock: this.#options.clock,
      timers,
      stop: this.#stop.signal,
      say: (record) => this.#say(record),
      mark: (period) => this.#load?.mark(period),
      onOver: () => {
        this.#enter('after');
        watch.restart();
      },
    });
    try {
      await faults.over;
      await this.#watchAfterwards();
      await this.#load?.stop({ atOnce: this.#signal.aborted });
      await watch.stop();
      return await this.#conclude(await faults.outcomes);
    } finally {
      this.#stop.abort();
      await Promise.allSettled([watch.stop(), faults.outcomes]);
    }
  }

  async #watchAfterwards(): Promise<void> {
    const { expect, afterMs } = this.#experiment;
    const limits = expect.map((claim) => (claim.kind === 'steady-again' ? claim.withinMs + holdMs : 0));
    // A condition to abort that is met only now ends the watch; one that was met before has ended the faults.
    const signal = this.#aborted ? this.#signal : this.#stop.signal;
    await wait(this.#options.timers, Math.max(afterMs, ...limits), signal);
  }

  async #conclude(outcomes: readonly FaultOutcome[]): Promise<ExperimentOutcome> {
    const verdicts: Verdict[] = outcomes.some(({ undone }) => !undone) ? ['undo-failed'] : [];
    const interrupted = () => this.#end(gravest([...verdicts, 'interrupted']), []);
    if (this.#signal.aborted) return interrupted();
    if (outcomes.some(({ observed }) => observed === false)) verdicts.push('fault-not-observed');
    if (this.#aborted) verdicts.push('failed');

    this.#enter('done');
    await wait(this.#options.timers, lastWordsMs, this.#signal);
    const { title: experiment, expect, steadyState, system } = this.#experiment;
    for (const claim of expect) if (claim.kind === 'probe') await this.#askAndSay(claim.probe);
    if (this.#signal.aborted) return interrupted();
    const judged = evaluate(expect, this.#records, steadyState);
    for (const judgement of judged) this.#say({ kind: 'expectation', experiment, ...judgement });
    for (const text of findingsOf(system, this.#records)) this.#say({ kind: 'finding', experiment, text });
    if (judged.some(({ held }) => !held)) verdicts.push('failed');
    return this.#end(gravest(verdicts), judged);
  }

  #keep(record: RunRecord): void {
    if (this.#records.length < recordsMax) this.#records.push(record);
    if (this.#records.length < recordsMax || this.#isFull) return;
    this.#isFull = true;
    this.#say({ kind: 'note', by: 'lab', text: `Only the first ${recordsMax} records are judged.` });
  }

  #startLoad(): void {
    const [experiment, options] = [this.#experiment, this.#options];
    if (experiment.load === undefined) return;
    this.#load = (options.startLoad ?? startLoadThread)(experiment.load, {
      variables: options.system.variables,
      seed: options.seed,
      clock: options.clock,
      onSample: (sample) => {
        this.#say({ kind: 'load', experiment: experiment.title, sample });
        if (this.#phase === 'fault' || this.#phase === 'after') this.#lookForAbort(sample);
      },
    });
  }

  #lookForAbort(sample: LoadSample): void {
    const met = this.#aborted ? undefined : this.#abortWatch.look(sample);
    if (met === undefined) return;
    this.#aborted = true;
    this.#say({ kind: 'aborted', experiment: this.#experiment.title, ...met });
    this.#stop.abort();
  }

  #ask(probe: Probe, options: AskOptions): Promise<ProbeResult> {
    const { system, clock, timers } = this.#options;
    const host = {
      variables: system.variables,
      service: (name: string) => system.service(name),
      clock,
      timers,
    };
    return (this.#options.askProbe ?? askProbe)(probe, host, options);
  }

  async #askAndSay(probe: Probe, options: AskOptions = {}): Promise<boolean> {
    const result = await this.#ask(probe, { ...options, signal: this.#signal });
    this.#sayProbe(probe, result);
    return result.held;
  }

  #sayProbe({ name }: Probe, { held, seen, durationMs }: ProbeResult): void {
    const experiment = this.#experiment.title;
    const rounded = Math.round(durationMs * 10) / 10;
    this.#say({
      kind: 'probe',
      experiment,
      phase: this.#phase,
      probe: name,
      held,
      seen,
      durationMs: rounded,
    });
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#say({ kind: 'phase', experiment: this.#experiment.title, phase });
  }

  async #end(verdict: Verdict, expectations: readonly JudgedExpectation[]): Promise<ExperimentOutcome> {
    // Its last sample belongs to the experiment. A load that broke off is told of by `close`.
    await this.#load?.stop({ atOnce: true }).catch(() => {});
    this.#say({ kind: 'experiment.ended', experiment: this.#experiment.title, verdict });
    return { verdict, expectations };
  }

  #say(record: RunRecordBody): void {
    const { clock, journal } = this.#options;
    journal.write({ at: Math.round(clock.epoch + clock.now()), ...record });
  }

  readonly #onSignal = (): void => this.#stop.abort();
}
