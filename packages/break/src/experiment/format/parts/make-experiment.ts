import type {
  AbortCondition,
  Expectation,
  Experiment,
  LoadDefinition,
  Probe,
  Step,
  SystemDefinition,
} from '../../model.ts';
import { afterMsDefault, beforeMsDefault } from '../limits.ts';
import { showQuantity } from '../shapes/quantity.ts';
import { listed, type Known, type Reading } from '../shapes/reading.ts';
import type { Located } from '../shapes/shape.ts';
import type { ReadExperiment } from './experiment-shape.ts';
import type { ReadStep } from './step-shapes.ts';

/** What an experiment may leave to the Game Day that it is part of. */
export interface ExperimentDefaults {
  readonly steadyState?: readonly Probe[] | undefined;
  readonly load?: LoadDefinition | undefined;
  readonly abortWhen?: readonly AbortCondition[] | undefined;
  readonly beforeMs?: number | undefined;
  readonly afterMs?: number | undefined;
}

/**
 * Makes the experiment of what was read, once its system is known.
 *
 * @param system - `undefined` when it could not be found; that mistake is noted already
 */
export function makeExperiment(
  read: ReadExperiment,
  system: SystemDefinition | undefined,
  defaults: ExperimentDefaults,
  reading: Reading,
): Experiment | undefined {
  const { fields, present, place } = read;
  const ownLoad = present.has('load') ? (fields.load?.value ?? 'broken') : (defaults.load ?? 'none');
  const known: Known = { system, load: ownLoad };
  reading.check(known);
  const steadyState = present.has('steady-state')
    ? values(fields['steady-state']?.value)
    : defaults.steadyState;
  if (steadyState === undefined && !present.has('steady-state')) {
    const mend =
      reading.source.style === 'file'
        ? ' Add it, such as `steady-state: [{ probe: http, get: "${gateway}/products" }]`, or run the Game Day that has it in its `defaults`.'
        : '';
    const what = `\`${reading.key('steady-state')}\` is missing: nothing says how the system is when all is well.`;
    reading.wrong({ ...place, length: 1 }, `${what}${mend}`);
  }
  const expect = values(fields.expect?.value) ?? [];
  const method = withIds(fields.method?.value ?? [], reading);
  const beforeMs = fields.timing?.value.fields.before?.value ?? defaults.beforeMs ?? beforeMsDefault;
  const afterMs = timeAfter(read, defaults, reading);
  if (!present.has('abort-when')) checkDefaultAborts(read, defaults.abortWhen ?? [], ownLoad, reading);
  if (reading.mistakes > 0 || system === undefined || fields.title === undefined || ownLoad === 'broken') {
    return undefined;
  }
  return {
    title: fields.title.value.trim().replaceAll(/\s+/g, ' '),
    description: fields.description?.value.trim(),
    file: reading.source.file,
    system,
    steadyState: steadyState ?? [],
    load: ownLoad === 'none' ? undefined : ownLoad,
    method,
    expect,
    abortWhen: (present.has('abort-when') ? values(fields['abort-when']?.value) : defaults.abortWhen) ?? [],
    beforeMs,
    afterMs,
  };
}

/** The Game Day's abort conditions have to fit a load that is the experiment's own. */
function checkDefaultAborts(
  { place }: ReadExperiment,
  conditions: readonly AbortCondition[],
  load: Known['load'],
  reading: Reading,
): void {
  if (load === 'broken') return;
  const requests = load === 'none' ? [] : load.requests.map(({ name }) => name);
  for (const { text, request } of conditions) {
    if (load !== 'none' && (request === undefined || requests.includes(request))) continue;
    const what = load === 'none' ? 'has no load' : `has no such request: its load has ${listed(requests)}`;
    const where = { ...place, length: 1 };
    reading.wrong(
      where,
      `The Game Day aborts when \`${text}\`, but this experiment ${what}. Give it an \`abort-when\` of its own.`,
    );
  }
}

/** Gives each step an id, and finds a fault that would begin while the same one is still on. */
function withIds(steps: readonly Located<ReadStep>[], reading: Reading): Step[] {
  const used = new Map<string, number>();
  const last = new Map<string, Omit<Step, 'id'>>();
  const inTime = [...steps].sort((a, b) => a.value.step.atMs - b.value.step.atMs);
  for (const { value, place } of inTime) {
    const { step, at } = value;
    const name = nameOf(step);
    const before = last.get(name);
    if (before !== undefined && step.atMs < before.atMs + before.forMs) {
      const until = showQuantity('duration', before.atMs + before.forMs);
      reading.wrong(
        at?.place ?? { ...place, length: 1 },
        `The same fault is still on then: it ends at \`${until}\`. Begin this one at \`${until}\` or later.`,
      );
    }
    last.set(name, step);
  }
  return steps.map(({ value: { step } }) => {
    const name = nameOf(step);
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    return { id: count === 1 ? name : `${name}-${count}`, ...step };
  });
}

function nameOf({ fault, target }: Omit<Step, 'id'>): string {
  if (target.kind === 'load') return fault;
  if (target.kind === 'groups') {
    return [fault, ...target.left, ...(target.mutual ? ['and'] : []), ...target.right].join('-');
  }
  return `${fault}-${target.kind === 'service' ? target.service : `${target.from}-${target.to}`}`;
}

/** How long the system is watched after the last fault: as the file says, and long enough for what it expects. */
function timeAfter(read: ReadExperiment, defaults: ExperimentDefaults, reading: Reading): number {
  const { fields } = read;
  const given = fields.timing?.value.fields.after;
  const needs = (fields.expect?.value ?? []).map(({ value, place }) => ({ place, needMs: needAfter(value) }));
  const needMs = Math.max(0, ...needs.map((need) => need.needMs));
  if (given === undefined) return Math.max(defaults.afterMs ?? afterMsDefault, needMs + beyondMs);
  for (const { place, needMs: need } of needs) {
    if (need <= given.value) continue;
    const watched = showQuantity('duration', given.value);
    reading.wrong(
      place,
      `This cannot be seen: the system is watched for ${watched} after the last fault. Set \`after\` in \`timing\` to \`${showQuantity('duration', need)}\` or more.`,
    );
  }
  return given.value;
}

/** That the system stays steady is watched a little longer than it may take to become so. */
const beyondMs = 2_000;

function needAfter(value: Expectation): number {
  if (value.kind === 'steady-again') return value.withinMs;
  return value.kind === 'policy' && value.since === 'fault-ended' ? (value.withinMs ?? 0) : 0;
}

function values<T>(located: readonly Located<T>[] | undefined): readonly T[] | undefined {
  return located?.map(({ value }) => value);
}
