/**
 * The run as plain lines, for where there is no terminal to draw on: each says what changed, after the time since the
 * start. The load is told every five seconds while it changes, and at the end of each phase.
 */
import type { Phase, RunRecord } from '@seaworthy/break/journal';
import { type Line, span } from './line.ts';
import { measured } from './notable.ts';
import type { LiveState } from './state.ts';
import { clockText, latencyText, shareText, verdictText } from './words.ts';

/** What was told of the load last, and what has come since. */
export interface PlainState {
  readonly since: number;
  readonly good: number;
  readonly bad: number;
  readonly p99Ms: number;
  readonly told: string;
}

/** Before the first record. */
export const initialPlain: PlainState = { since: 0, good: 0, bad: 0, p99Ms: 0, told: '' };

const tellEveryMs = 5_000;

/** The lines for a record, given the live view before and after it, and the state for the next one. */
export function plainLines(
  plain: PlainState,
  record: RunRecord,
  before: LiveState,
  after: LiveState,
): { readonly state: PlainState; readonly lines: readonly Line[] } {
  const time = clockText(record.at - (after.startedAt ?? record.at)).padStart(6);
  const tell = (...texts: string[]) => texts.map((text) => [span(text === '' ? '' : `${time}  ${text}`)]);
  if (record.kind === 'load') return tellLoad(plain, record, tell);
  const news = after.notable.at(-1);
  const words = after.notable === before.notable || after.notable.length === 0 ? undefined : news?.text;
  const closing = record.kind === 'phase' && plain.good + plain.bad > 0 ? [loadText(plain)] : [];
  const own = ownText(record, after);
  const lines = [...closing, ...own, ...(words === undefined ? [] : [words])];
  const state = record.kind === 'phase' ? { ...initialPlain, since: record.at } : plain;
  return { state, lines: lines.flatMap((line) => tell(line)) };
}

const phases: Readonly<Record<Phase, string>> = {
  before: 'measuring the steady state',
  fault: 'faults begin',
  after: 'faults are over, watching',
  done: 'judging',
};

/** What the plain lines tell beside the news. */
function ownText(record: RunRecord, { plan, current }: LiveState): readonly string[] {
  switch (record.kind) {
    case 'run.started':
      return [`${record.title} · ${record.mode} · seed ${record.seed}`];
    case 'service':
      return record.state === 'ready' || record.state === 'starting'
        ? [`${record.service} ${record.state}`]
        : [];
    case 'experiment.started':
      return ['', `[${current?.number ?? 0}/${plan.length}] ${record.experiment}`];
    case 'phase':
      return [phases[record.phase]];
    case 'fault.observed':
      return record.bites
        ? [`fault ${record.fault.fault} on ${record.fault.target} bites; ${measured(record)}`]
        : [];
    case 'finding':
      return [`finding: ${record.text}`];
    case 'expectation':
      return [`${record.held ? '✓' : '✗'} ${record.expected}: ${record.seen}`];
    case 'experiment.ended':
      return [
        `${record.verdict === 'held' ? '✓' : '✗'} ${record.experiment}: ${verdictText[record.verdict]}`,
      ];
    default:
      return [];
  }
}

function tellLoad(
  plain: PlainState,
  { at, sample }: Extract<RunRecord, { kind: 'load' }>,
  tell: (text: string) => readonly Line[],
): { readonly state: PlainState; readonly lines: readonly Line[] } {
  const next: PlainState = {
    since: plain.since === 0 ? at : plain.since,
    good: plain.good + sample.good,
    bad: plain.bad + sample.bad,
    p99Ms: Math.max(plain.p99Ms, sample.p99Ms ?? 0),
    told: plain.told,
  };
  if (at - next.since < tellEveryMs) return { state: next, lines: [] };
  const told = shareText(next.good, next.good + next.bad);
  const fresh = { ...initialPlain, since: at, told };
  return { state: fresh, lines: told === plain.told ? [] : tell(loadText(next)) };
}

function loadText({ good, bad, p99Ms }: PlainState): string {
  return `load: ${good} good, ${bad} bad, success ${shareText(good, good + bad)}, worst p99 ${latencyText(p99Ms)}`;
}
