/** Draws the live view: what is going on at this moment, in as many columns as there are. */
import { LatencyHistogram, type LoadSample, type Phase } from '@seaworthy/break/journal';
import { fit, flow, type Line, type Span, span, spread, type Tone, widthOf } from './line.ts';
import { sparkline } from './sparkline.ts';
import type {
  CurrentExperiment,
  FaultRow,
  FinishedExperiment,
  LiveState,
  PlannedExperiment,
} from './state.ts';
import { clockText, latencyText, leftText, shareText, verdictText } from './words.ts';

/** Where and when the view is drawn. */
export interface View {
  readonly columns: number;
  readonly rows: number;
  /** Unix milliseconds. */
  readonly now: number;
}

const label = (text: string): Span => span(` ${text.padEnd(10)}`, 'dim');
const labelColumns = 11;
/** Wider than this, lines are hard to follow with the eye. */
const columnsMax = 110;

/** The lines of the live region; finished experiments stand above it and are not part of it. */
export function render(state: LiveState, view: View): readonly Line[] {
  const columns = Math.max(1, Math.min(view.columns, columnsMax));
  const lines = [
    [],
    ...heading(state, view, columns),
    ...body(state, view, columns),
    ...news(state, columns),
  ];
  return lines.slice(0, Math.max(1, view.rows - 1)).map((line) => fit(line, columns));
}

/** The line that stays of an experiment when it is over. */
export function finishedLine(finished: FinishedExperiment, total: number, columns: number): Line {
  const { number, name, verdict, durationMs } = finished;
  const good = verdict === 'held';
  const tone = good ? 'good' : 'bad';
  return spread(
    [span(good ? ' ✓ ' : ' ✗ ', tone), span(`${number}/${total} `, 'dim'), span(name)],
    [span(verdictText[verdict], tone), span(clockText(durationMs).padStart(7), 'dim')],
    Math.min(columns, columnsMax),
  );
}

function heading(state: LiveState, view: View, columns: number): readonly Line[] {
  const title = [
    span(` ${state.title || 'Starting'}`, 'bold'),
    span(state.mode && ` · ${state.mode}`, 'dim'),
  ];
  const elapsed = state.startedAt === undefined ? 0 : view.now - state.startedAt;
  return [spread(title, [span(clockText(elapsed), 'dim')], columns)];
}

function body(state: LiveState, view: View, columns: number): readonly Line[] {
  const { current } = state;
  if (current === undefined) return starting(state, columns);
  const planned = state.plan.find((experiment) => experiment.name === current.name);
  return [
    [label(`${current.number} of ${state.plan.length}`), span(current.name, 'bold')],
    phaseLine(current, planned, view, columns),
    ...faultLines(current, columns),
    ...loadLines(current, columns),
    ...breakerLines(state, columns),
  ];
}

function starting(state: LiveState, columns: number): readonly Line[] {
  const services = Object.entries(state.services);
  if (services.length === 0) return [];
  const rows = services.map(([name, now]) =>
    span(
      `${name} ${now}`,
      now === 'ready' || now === 'restarted' ? 'good' : now === 'exited' ? 'bad' : 'plain',
    ),
  );
  return rowsOf('services', flow(rows, columns - labelColumns, 3));
}

const phases: Readonly<Record<Phase, string>> = {
  before: 'steady state, before the fault',
  fault: 'fault',
  after: 'after the fault',
  done: 'judging',
};

function phaseLine(
  current: CurrentExperiment,
  planned: PlannedExperiment | undefined,
  { now }: View,
  columns: number,
): Line {
  const { phase } = current;
  if (phase === undefined) return [label('phase'), span('getting ready')];
  const lengths = {
    before: planned?.beforeMs,
    fault: planned?.faultMs,
    after: planned?.afterMs,
    done: undefined,
  };
  const length = lengths[phase];
  const line = [label('phase'), span(phases[phase], phase === 'fault' ? 'warn' : 'plain')];
  if (length === undefined || length <= 0) return line;
  const passed = now - current.phaseSince;
  const left = span(` · ${leftText(length - passed)}  `);
  const room = Math.min(24, columns - widthOf([...line, left]));
  if (room < 8) return [...line, left];
  const full = Math.max(0, Math.min(room, Math.round((passed / length) * room)));
  return [...line, left, span('━'.repeat(full)), span('╌'.repeat(room - full), 'dim')];
}

const faultWords: Readonly<Record<FaultRow['state'], readonly [words: string, tone: Tone]>> = {
  injecting: ['beginning', 'warn'],
  on: ['on', 'warn'],
  bites: ['on, seen to bite', 'warn'],
  'not-observed': ['not observed', 'bad'],
};

function faultLines({ faults }: CurrentExperiment, columns: number): readonly Line[] {
  if (faults.length === 0) return [[label('faults'), span('none', 'dim')]];
  const rows = faults.map(({ label: fault, state }) => {
    const [words, tone] = faultWords[state];
    return span(`${fault.fault} ${fault.target}: ${words}`, tone);
  });
  return rowsOf('faults', flow(rows, columns - labelColumns, 3));
}

/** More bars than these are a carpet. */
const barsShown = 60;

function loadLines({ load }: CurrentExperiment, columns: number): readonly Line[] {
  const { recent } = load;
  if (recent.length === 0) return [];
  const good = total(recent, 'good');
  const ended = good + total(recent, 'bad');
  const seconds = total(recent, 'intervalMs') / 1000;
  const rate = (count: number) => Math.round(seconds > 0 ? count / seconds : 0);
  const text = `  ${rate(good)}/s good of ${rate(total(recent, 'due'))}/s due`;
  const room = Math.max(1, Math.min(columns - labelColumns - text.length, barsShown));
  const bars = load.bars.slice(-room);
  const heights = bars.map((bar) => bar.goodPerSecond);
  const faulty = bars.map((bar) => (bar.faulty ? '▔' : ' ')).join('');
  return [
    [label('goodput'), span(sparkline(heights, Math.max(1, ...heights))), span(text)],
    ...(faulty.trim() === '' ? [] : [[label(''), span(faulty, 'warn')]]),
    [
      label('success'),
      span(shareText(good, ended).padEnd(8), good < ended * 0.95 ? 'warn' : 'plain'),
      span('  p99 ', 'dim'),
      span(latencyText(recentP99(recent)).padEnd(7)),
      span('  in flight ', 'dim'),
      span(`${recent.at(-1)?.inFlight ?? 0}`),
    ],
  ];
}

function recentP99(samples: readonly LoadSample[]): number | undefined {
  const histogram = new LatencyHistogram();
  for (const sample of samples) {
    for (const request of sample.requests) histogram.add(request.latency, request.maxMs);
  }
  return histogram.quantileMs(0.99);
}

const breakerTones: Readonly<Record<string, Tone>> = { open: 'warn', 'half open': 'warn', closed: 'good' };

function breakerLines({ breakers }: LiveState, columns: number): readonly Line[] {
  if (breakers.length === 0) return [[label('breakers'), span('none has opened', 'dim')]];
  const rows = breakers
    .toSorted((a, b) => Number(a.state === 'closed') - Number(b.state === 'closed'))
    .map(({ service, pipeline, state }) =>
      span(`${pipeline} in ${service}: ${state}`, breakerTones[state] ?? 'plain'),
    );
  return rowsOf('breakers', flow(rows, columns - labelColumns, 3));
}

const newsShown = 5;

function news(state: LiveState, columns: number): readonly Line[] {
  if (state.notable.length === 0) return [];
  const began = state.startedAt ?? 0;
  const rows = state.notable
    .slice(-newsShown)
    .map(({ at, text, tone }) =>
      fit([span(`${clockText(at - began).padStart(6)}     `, 'dim'), span(text, tone)], columns),
    );
  return [[], ...rows];
}

function rowsOf(name: string, lines: readonly Line[]): readonly Line[] {
  return lines.map((line, index) => [label(index === 0 ? name : ''), ...line]);
}

function total(samples: readonly LoadSample[], figure: 'good' | 'bad' | 'due' | 'intervalMs'): number {
  return samples.reduce((sum, sample) => sum + sample[figure], 0);
}
