/** Reads a `summary.json` strictly: a file of unknown make is refused with a reason, never half believed. */

import { exitCodes, type Verdict } from '@seaworthy/break/journal';
import {
  type ActionCheck,
  type ActionSummary,
  type ExperimentSummary,
  type RunSummary,
  summaryVersion,
} from './summary.ts';

/** A summary, or the reason why the text is none. */
export type SummaryReading =
  | { readonly ok: true; readonly summary: RunSummary }
  | { readonly ok: false; readonly why: string };

class Refusal extends Error {}

/** Reads the text of a `summary.json`. */
export function readSummary(text: string): SummaryReading {
  try {
    return { ok: true, summary: runSummary(JSON.parse(text)) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, why: error.message };
    if (error instanceof SyntaxError) return { ok: false, why: 'it is no JSON' };
    throw error;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function runSummary(value: unknown): RunSummary {
  const fields = object(value, 'the summary');
  const version = number(fields, 'version');
  if (version !== summaryVersion) {
    throw new Refusal(`its version is ${version}, and this reads version ${summaryVersion}`);
  }
  return {
    version: summaryVersion,
    runId: string(fields, 'runId'),
    title: string(fields, 'title'),
    system: string(fields, 'system'),
    mode: string(fields, 'mode'),
    startedAt: number(fields, 'startedAt'),
    endedAt: number(fields, 'endedAt'),
    verdict: verdict(fields),
    exitCode: orNull(fields, 'exitCode', number),
    experiments: list(fields, 'experiments', experimentSummary),
    findings: list(fields, 'findings', (item) => {
      const finding = object(item, 'a finding');
      return {
        id: string(finding, 'id'),
        kind: string(finding, 'kind'),
        weight: string(finding, 'weight'),
        text: string(finding, 'text'),
      };
    }),
    actions: list(fields, 'actions', actionSummary),
  };
}

function experimentSummary(value: unknown): ExperimentSummary {
  const fields = object(value, 'an experiment');
  return {
    experiment: string(fields, 'experiment'),
    verdict: verdict(fields),
    robustness: orNull(fields, 'robustness', number),
    reboundMs: orNull(fields, 'reboundMs', number),
    steadyAgain: orNull(fields, 'steadyAgain', boolean),
    requests: orNull(fields, 'requests', (all, name) => {
      const requests = object(all[name], 'requests');
      return {
        due: number(requests, 'due'),
        good: number(requests, 'good'),
        bad: number(requests, 'bad'),
        timedOut: number(requests, 'timedOut'),
      };
    }),
    expectations: list(fields, 'expectations', (item) => {
      const expectation = object(item, 'an expectation');
      return { expected: string(expectation, 'expected'), held: orNull(expectation, 'held', boolean) };
    }),
  };
}

function actionSummary(value: unknown): ActionSummary {
  const fields = object(value, 'an action');
  const type = string(fields, 'type');
  if (type !== 'prevent' && type !== 'detect' && type !== 'mitigate') {
    throw new Refusal(`"type" of an action is "${type}"`);
  }
  return {
    id: string(fields, 'id'),
    type,
    text: string(fields, 'text'),
    check: actionCheck(fields['check']),
  };
}

function actionCheck(value: unknown): ActionCheck {
  const fields = object(value, 'a check');
  const kind = string(fields, 'kind');
  switch (kind) {
    case 'experiment':
      return { kind, experiment: string(fields, 'experiment') };
    case 'finding':
      return { kind, experiment: string(fields, 'experiment'), finding: string(fields, 'finding') };
    case 'by-people':
      return { kind };
    default:
      throw new Refusal(`"kind" of a check is "${kind}"`);
  }
}

function verdict(fields: Fields): Verdict | null {
  return orNull(fields, 'verdict', (all, name) => {
    const text = string(all, name);
    if (!Object.hasOwn(exitCodes, text)) throw new Refusal(`"${text}" is no verdict`);
    return text as Verdict;
  });
}

function object(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Refusal(`${name} is no object`);
}

function list<Item>(fields: Fields, name: string, read: (item: unknown) => Item): Item[] {
  const value = fields[name];
  if (Array.isArray(value)) return value.map((item) => read(item));
  throw new Refusal(`"${name}" is no list`);
}

function orNull<Value>(fields: Fields, name: string, read: (fields: Fields, name: string) => Value) {
  return fields[name] === null ? null : read(fields, name);
}

function string(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw new Refusal(`"${name}" is no text`);
}

function number(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === 'number') return value;
  throw new Refusal(`"${name}" is no number`);
}

function boolean(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value === 'boolean') return value;
  throw new Refusal(`"${name}" is neither true nor false`);
}
