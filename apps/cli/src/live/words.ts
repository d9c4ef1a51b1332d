/** Figures and verdicts as people read them. */
import type { Verdict } from '@seaworthy/break/journal';

/** Time since the start as a clock shows it: `0:07`, `12:45`. */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** A latency with its unit and no more digits than it deserves: `0.8 ms`, `143 ms`, `2.5 s`. */
export function latencyText(ms: number | undefined): string {
  if (ms === undefined) return '-';
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 9_950 ? 1 : 0)} s`;
}

/** A share as a percentage, rounded down so that only a full one reads 100 %. */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return '-';
  const tenths = Math.floor((part / whole) * 1000) / 10;
  return `${tenths === 100 ? '100' : tenths.toFixed(1)} %`;
}

/** Whole seconds that are left, at least none: `6 s left`. */
export function leftText(ms: number): string {
  return `${Math.max(0, Math.ceil(ms / 1000))} s left`;
}

/** What each verdict is called in one or two words. */
export const verdictText: Readonly<Record<Verdict, string>> = {
  held: 'held',
  failed: 'failed',
  invalid: 'invalid',
  'not-steady': 'not steady',
  'fault-not-observed': 'fault not observed',
  'undo-failed': 'undo failed',
  interrupted: 'interrupted',
};

/** What each verdict means, as a sentence. */
export const verdictSentence: Readonly<Record<Verdict, string>> = {
  held: 'Every hypothesis held.',
  failed: 'A hypothesis did not hold.',
  invalid: 'The run was not valid.',
  'not-steady': 'The steady state did not hold before the fault, so nothing was injected.',
  'fault-not-observed': 'A fault was not seen to take effect, so the run proves nothing of it.',
  'undo-failed': 'A fault could not be undone.',
  interrupted: 'Interrupted; everything was undone.',
};

/** The answer to Ctrl-Z. */
export const suspendText = 'A run cannot be suspended while faults may be on. Ctrl-C ends it.';
