/** One fault, from its time on the experiment's clock until it is seen to be gone. */
import type { Clock, Timers } from '@seaworthy/protect';
import type { ActiveFault, FaultHost } from '../../faults/fault.ts';
import type { RunRecordBody } from '../../journal/record.ts';
import { showMs } from '../../probes/show.ts';
import type { PlannedFault } from './planned-faults.ts';
import { wait, within } from './wait.ts';

/** What came of a fault. */
export interface FaultOutcome {
  /** Whether it was seen to bite; `undefined` when it was ended, or never begun, before that could be measured. */
  readonly observed: boolean | undefined;
  /** Whether it is gone. */
  readonly undone: boolean;
}

/** What a fault needs of its experiment. */
export interface FaultParts {
  readonly experiment: string;
  readonly host: FaultHost;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Where the experiment's clock stands at 0. */
  readonly zeroMs: number;
  /** Ends the fault, or keeps it from beginning. */
  readonly stop: AbortSignal;
  readonly say: (record: RunRecordBody) => void;
  /** Called before the fault begins. */
  readonly onBegin: () => void;
  /** Called once it is undone, or will not begin: before the check whether it is really gone. */
  readonly onOver: () => void;
}

/** How long a fault may take to begin, and to end. To end a kill is to start a service and wait until it is ready. */
const injectLimitMs = 30_000;
const undoLimitMs = 60_000;
const undoAttempts = 3;
const undoPauseMs = 500;
/** Between two control measurements while none has seen the fault bite. */
const observePauseMs = 250;
/** How long a fault may still be seen after its undo: queues drain, counters look back a second. */
const goneWithinMs = 5_000;
const observeLimitMs = 10_000;

/**
 * Runs one fault. What goes wrong with it is recorded, and part of the outcome. Rejects only when the record itself
 * cannot be written; the fault is undone then, too.
 */
export async function runFault(plan: PlannedFault, parts: FaultParts): Promise<FaultOutcome> {
  let over = false;
  const onOver = (): void => {
    if (!over) parts.onOver();
    over = true;
  };
  try {
    return await runToItsEnd(plan, { ...parts, onOver });
  } finally {
    onOver();
  }
}

async function runToItsEnd(plan: PlannedFault, parts: FaultParts): Promise<FaultOutcome> {
  const { clock, timers, zeroMs, stop, say, experiment } = parts;
  const { step, label: fault } = plan;
  const comes = await wait(timers, zeroMs + step.atMs - clock.now(), stop);
  if (!comes) return { observed: undefined, undone: true };
  say({ kind: 'fault.injecting', experiment, fault });
  parts.onBegin();
  const injection = await inject(plan, parts);
  if ('failure' in injection) {
    const { failure: during, undone } = injection;
    say({
      kind: 'fault.observed',
      experiment,
      fault,
      measure: 'its beginning',
      before: '',
      during,
      bites: false,
    });
    say({ kind: 'fault.undone', experiment, fault, ok: undone, detail: undone ? undefined : during });
    return { observed: false, undone };
  }

  const { active } = injection;
  let control: Control | undefined;
  let observed: boolean | undefined;
  let failure: string | undefined;
  try {
    say({ kind: 'fault.injected', experiment, fault });
    control = observeUntilItBites(active, plan, parts);
    await wait(timers, step.forMs, stop);
    observed = control.end();
    say({ kind: 'fault.undoing', experiment, fault });
  } finally {
    failure = await undo(active, timers);
  }
  say({ kind: 'fault.undone', experiment, fault, ok: failure === undefined, detail: failure });
  parts.onOver();
  if (failure !== undefined) return { observed, undone: false };

  await control.settled;
  const still = await stillSeen(active, parts);
  if (still !== undefined) say({ kind: 'fault.undone', experiment, fault, ok: false, detail: still });
  return { observed, undone: still === undefined };
}

type Injection =
  | { readonly active: ActiveFault }
  /** It did not begin; `undone` says whether what was done of it is undone. */
  | { readonly failure: string; readonly undone: boolean };

async function inject({ kind, step, label }: PlannedFault, { host, timers }: FaultParts): Promise<Injection> {
  const { target, forMs, options } = step;
  const injecting = kind.inject({ id: label.id, target, forMs, options }, host);
  const result = await within(timers, injectLimitMs, injecting);
  if ('value' in result) return { active: result.value };
  if ('error' in result) {
    // A kind undoes what it did of a fault that would not begin; when it could not, it says so.
    const undone = (result.error as { code?: unknown } | undefined)?.code !== 'UNDO_FAILED';
    return { failure: messageOf(result.error), undone };
  }
  // Nobody waits for it any more, so it is ended should it begin after all.
  const ended = injecting.then(
    (active) => undo(active, timers),
    () => undefined,
  );
  const late = await within(timers, undoLimitMs, ended);
  const undone = 'value' in late && late.value === undefined;
  return { failure: `it had not begun after ${showMs(injectLimitMs)}`, undone };
}

/** The control measurement while the fault is on. */
interface Control {
  /** Ends it; says whether the fault was seen to bite, `undefined` when it had no fair time to be seen. */
  end(): boolean | undefined;
  /** Resolves when nothing is measured any more. */
  readonly settled: Promise<void>;
}

/** Measures while the fault is on, until it is seen to bite. */
function observeUntilItBites(
  active: ActiveFault,
  { label: fault }: PlannedFault,
  { experiment, stop, timers, say }: FaultParts,
): Control {
  const over = new AbortController();
  let bites = false;
  let last = { measure: 'control measurement', before: '', during: 'not finished while the fault was on' };

  async function measure(): Promise<void> {
    while (!over.signal.aborted && !bites) {
      const result = await within(timers, observeLimitMs, active.observe());
      if (over.signal.aborted) return;
      if ('value' in result) {
        last = result.value;
        bites = result.value.bites;
      } else if ('error' in result) last = { ...last, during: messageOf(result.error) };
      if (bites) say({ kind: 'fault.observed', experiment, fault, ...last, bites });
      else await wait(timers, observePauseMs, over.signal);
    }
  }

  return {
    settled: measure(),
    end() {
      over.abort();
      if (bites) return true;
      if (stop.aborted) return undefined;
      say({ kind: 'fault.observed', experiment, fault, ...last, bites });
      return false;
    },
  };
}

/** Ends a fault; tells why it could not be. */
async function undo(active: ActiveFault, timers: Timers): Promise<string | undefined> {
  let failure = '';
  for (let attempt = 1; attempt <= undoAttempts; attempt++) {
    const result = await within(timers, undoLimitMs, active.undo());
    if ('value' in result) return undefined;
    failure = 'error' in result ? messageOf(result.error) : `it was not done after ${showMs(undoLimitMs)}`;
    if (attempt < undoAttempts) await wait(timers, undoPauseMs);
  }
  return failure;
}

/** Measures after the undo until the fault is seen no more; tells what was seen when it still is. */
async function stillSeen(active: ActiveFault, { clock, timers }: FaultParts): Promise<string | undefined> {
  const untilMs = clock.now() + goneWithinMs;
  for (;;) {
    const result = await within(timers, observeLimitMs, active.observe());
    if ('value' in result && !result.value.bites) return undefined;
    if (clock.now() >= untilMs) {
      const seen =
        'value' in result ? `${result.value.measure}: ${result.value.during}` : 'it could not be measured';
      return `after the undo it is still seen: ${seen}`;
    }
    await wait(timers, observePauseMs);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
