/** Shows a run while it goes on: drawn on a terminal, or as plain lines where there is none. */
import { background, type Timer, type Timers } from '@seaworthy/protect';
import type { RunRecord } from '@seaworthy/break/journal';
import { divert, type Output } from '../terminal.ts';
import { fit, type Line, paint, span } from './line.ts';
import { initialPlain, plainLines } from './plain.ts';
import { reduce } from './reduce.ts';
import { finishedLine, render } from './render.ts';
import { Screen } from './screen.ts';
import { initialState, type LiveState, type PlannedExperiment } from './state.ts';

/** Shows records as they come. */
export interface Presenter {
  /** Takes a record; cheap, whatever the pace. */
  readonly hear: (record: RunRecord) => void;
  /** Says something that is no record, such as that everything is being undone. */
  readonly announce: (text: string) => void;
  /** Stops showing and gives the terminal back; returns what is known of the run. May be called more than once. */
  readonly close: () => LiveState;
}

/** What a presenter needs. */
export interface PresenterOptions {
  readonly output: Output;
  readonly plan: readonly PlannedExperiment[];
  /** Plain lines also where there is a terminal. */
  readonly plain: boolean;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly timers: Timers;
}

/** Begins to show a run. */
export function present(options: PresenterOptions): Presenter {
  const { terminal } = options.output;
  return terminal === undefined || options.plain ? presentPlain(options) : presentLive(options, terminal);
}

function presentPlain({ output, plan }: PresenterOptions): Presenter {
  let state = initialState(plan);
  let plain = initialPlain;
  const write = (lines: readonly Line[]) => {
    for (const line of lines) output.stream.write(`${paint(line, false)}\n`);
  };
  return {
    hear(record) {
      const next = reduce(state, record);
      const told = plainLines(plain, record, state, next);
      state = next;
      plain = told.state;
      write(told.lines);
    },
    announce: (text) => write([[span(text)]]),
    close: () => state,
  };
}

/** Ten pictures a second at most; without news, one every quarter of a second keeps the clock going. */
const frameMs = 100;
const idleFrameMs = 250;

function presentLive(
  { output, plan, now, timers }: PresenterOptions,
  terminal: NonNullable<Output['terminal']>,
): Presenter {
  const screen = new Screen(terminal);
  let state = initialState(plan);
  let notice: string | undefined;
  let timer: Timer | undefined;
  let due = Number.POSITIVE_INFINITY;
  let closed = false;

  const draw = () => {
    const view = { columns: terminal.columns, rows: terminal.rows, now: now() };
    const lines = [...render(state, view)];
    if (notice !== undefined) lines.push([], [span(` ${notice}`, 'warn')]);
    screen.draw(lines.map((line) => paint(line, output.colour)));
    drawIn(idleFrameMs);
  };
  const drawIn = (delayMs: number) => {
    const at = now() + delayMs;
    if (closed || at >= due) return;
    timer?.cancel();
    due = at;
    timer = timers.set(
      () => {
        due = Number.POSITIVE_INFINITY;
        draw();
      },
      delayMs,
      background,
    );
  };
  const close = () => {
    closed = true;
    timer?.cancel();
    terminal.off('resize', draw);
    endDiversion();
    process.off('exit', close);
    screen.close();
    return state;
  };

  const endDiversion = process.stderr.isTTY
    ? divert(process.stderr, (line) => screen.keep([paint(fit([span(line)], terminal.columns), false)]))
    : () => {};
  terminal.on('resize', draw);
  // A crash must not leave people without a cursor; writing to a terminal is synchronous.
  process.on('exit', close);
  draw();
  return {
    hear(record) {
      const before = state;
      state = reduce(state, record);
      const over = state.finished.slice(before.finished.length);
      if (over.length > 0) {
        screen.keep(
          over.map((finished) =>
            paint(finishedLine(finished, state.plan.length, terminal.columns), output.colour),
          ),
        );
      }
      if (state !== before) drawIn(frameMs);
    },
    announce(text) {
      notice = text;
      drawIn(0);
    },
    close,
  };
}
