/** Shows a run while it goes on: drawn on a terminal, or as plain lines where there is none. */
import { background, type Timer, type Timers } from '@seaworthy/protect';
import type { RunRecord } from '@seaworthy/break/journal';
import type { ReadStream } from 'node:tty';
import { divert, type Output } from '../terminal.ts';
import { listenToKeys } from './keyboard.ts';
import { fit, type Line, paint, span } from './line.ts';
import { initialPlain, plainLines } from './plain.ts';
import { reduce } from './reduce.ts';
import { finishedLine, render } from './render.ts';
import { Screen } from './screen.ts';
import { initialState, type LiveState, type PlannedExperiment } from './state.ts';
import { suspendText } from './words.ts';

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
  /** Where notes are typed, if anywhere. */
  readonly keys: ReadStream | undefined;
  /** Takes a note of a watcher. */
  readonly onNote: (text: string) => void;
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
  { output, plan, now, timers, keys, onNote }: PresenterOptions,
  terminal: NonNullable<Output['terminal']>,
): Presenter {
  const screen = new Screen(terminal);
  let state = initialState(plan);
  let notice: string | undefined;
  let typed = '';
  let timer: Timer | undefined;
  let due = Number.POSITIVE_INFINITY;
  let closed = false;

  const draw = () => {
    const view = { columns: terminal.columns, rows: terminal.rows, now: now() };
    // Two rows are kept for the last line and the space above it.
    const lines = [...render(state, { ...view, rows: view.rows - 2 })];
    lines.push([], footer(notice, typed, keys !== undefined, view.columns));
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
    endKeys();
    process.off('exit', close);
    screen.close();
    return state;
  };

  const endDiversion = process.stderr.isTTY
    ? divert(process.stderr, (line) => screen.keep([paint(fit([span(line)], terminal.columns), false)]))
    : () => {};
  const announce = (text: string): void => {
    notice = text;
    drawIn(0);
  };
  const endKeys =
    keys === undefined
      ? () => {}
      : listenToKeys(keys, {
          onTyping(text) {
            typed = text;
            drawIn(0);
          },
          onNote,
          onInterrupt: () => process.kill(process.pid, 'SIGINT'),
          onQuit() {
            close();
            process.kill(process.pid, 'SIGQUIT');
          },
          onSuspend: () => announce(suspendText),
        });
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
    announce,
    close,
  };
}

/** What is being typed, or what a watcher has to know, or what they can do. */
function footer(notice: string | undefined, typed: string, keys: boolean, columns: number): Line {
  if (typed !== '') {
    // The end of a long note is what the eye follows.
    const shown = Array.from(typed)
      .slice(-Math.max(1, columns - 14))
      .join('');
    return fit([span(' note      ', 'dim'), span(`${shown}▏`)], columns);
  }
  if (notice !== undefined) return fit([span(` ${notice}`, 'warn')], columns);
  return keys
    ? fit([span(' Ctrl-C ends the run. A line that you type becomes a note in its record.', 'dim')], columns)
    : [];
}
