import type { FaultKind, FaultOption } from '../../../faults/fault.ts';
import type { Step, Target } from '../../model.ts';
import { atMsMax, faultMsMax, faultMsMin } from '../limits.ts';
import { type Key, object, variant } from '../shapes/map-shapes.ts';
import { showQuantity } from '../shapes/quantity.ts';
import { listed, type Reading } from '../shapes/reading.ts';
import { choice, number, quantity, text } from '../shapes/scalar-shapes.ts';
import { type Located, made, type Shape } from '../shapes/shape.ts';
import { needsLoad, targetForms, targetOf } from './target-shape.ts';

/** What the reader of files has to know of a fault; the list of faults has it. */
export type FaultDescription = Pick<FaultKind, 'name' | 'summary' | 'targets' | 'options' | 'check'>;

/** A step before it has an id, with what checks between steps need. */
export interface ReadStep {
  readonly step: Omit<Step, 'id'>;
  readonly at: Located<number> | undefined;
}

/** A step of the method: one of the faults, its target, its time and its own options. */
export function stepOf(faults: readonly FaultDescription[]): Shape<ReadStep> {
  return variant(
    'this step',
    'fault',
    Object.fromEntries(faults.map((fault) => [fault.name, oneFault(fault, faults)])),
  );
}

function oneFault(fault: FaultDescription, faults: readonly FaultDescription[]): Shape<ReadStep> {
  const onlyLoad = fault.targets.every((kind) => kind === 'load');
  const options = Object.fromEntries(fault.options.map((option) => [option.name, optionKey(option)]));
  const keys = {
    fault: { summary: fault.summary, shape: choice([fault.name]), required: `fault: ${fault.name}` },
    at: {
      summary: 'When it begins, from the end of the first steady-state measurement; at once by default.',
      shape: quantity('duration', { most: atMsMax }),
      slips: ['start', 'begin', 'after', 'when', 'from'],
    },
    for: {
      summary: 'How long it lasts.',
      shape: quantity('duration', {
        least: faultMsMin,
        most: faultMsMax,
        leastBecause: 'such a fault is over before it can be seen',
      }),
      required: 'for: 10s',
      slips: ['duration', 'lasts', 'length', 'until', 'during'],
    },
    target: {
      summary: `What it is aimed at: ${fault.targets.map((kind) => targetForms[kind]).join(', or ')}.`,
      shape: targetOf(fault),
      ...(onlyLoad
        ? {}
        : { required: `target: ${fault.targets.includes('service') ? 'inventory' : 'gateway -> payment'}` }),
      slips: ['service', 'on', 'link', 'where'],
    },
  };
  const shadowed = fault.options.find(({ name }) => Object.hasOwn(keys, name));
  if (shadowed !== undefined) {
    throw new Error(
      `The fault ${fault.name} has an option \`${shadowed.name}\`, which every step has for its own: call it otherwise.`,
    );
  }
  const shape = object<Readonly<Record<string, Key<unknown>>>>(
    `this step with \`${fault.name}\``,
    `fault: ${fault.name}`,
    { ...options, ...keys },
    (name) => {
      const other = faults.find((candidate) => candidate.options.some((option) => option.name === name));
      if (other === undefined) return undefined;
      const own = fault.options.map((option) => option.name);
      const mend = own.length === 0 ? 'which has no options of its own' : `which has ${listed(own)}`;
      return `\`${name}\` is an option of \`${other.name}\`, not of \`${fault.name}\`, ${mend}.`;
    },
  );
  return made(shape, ({ fields, present, place }, reading) => {
    const target: Target | undefined =
      onlyLoad && !present.has('target') ? { kind: 'load' } : (fields['target']?.value as Target | undefined);
    if (onlyLoad && !present.has('target')) {
      reading.later(({ load }) => {
        if (load === 'none') reading.wrong({ ...place, length: 1 }, needsLoad(fault.name));
      });
    }
    const forMs = fields['for']?.value as number | undefined;
    const at = fields['at'] as Located<number> | undefined;
    const given = readOptions(fault, fields, present, reading);
    if (target === undefined || forMs === undefined || given === undefined) return undefined;
    if (present.has('at') && at === undefined) return undefined;
    return {
      at,
      step: {
        atMs: at?.value ?? 0,
        fault: fault.name,
        target,
        forMs,
        options: given,
        line: reading.line(place),
      },
    };
  });
}

/** The fault's own options with their defaults; `undefined` when one of them is wrong. */
function readOptions(
  fault: FaultDescription,
  fields: Readonly<Record<string, Located<unknown> | undefined>>,
  present: ReadonlySet<string>,
  reading: Reading,
): Readonly<Record<string, unknown>> | undefined {
  const options: Record<string, unknown> = {};
  for (const { name, default: usual } of fault.options) {
    const value = fields[name]?.value ?? (present.has(name) ? undefined : usual);
    if (value === undefined) return undefined;
    options[name] = value;
  }
  const problem = fault.check?.(options);
  if (problem === undefined) return options;
  const place = fields[problem.option]?.keyPlace ?? fields['fault']?.keyPlace;
  return place === undefined
    ? undefined
    : reading.wrong(place, `\`${reading.key(problem.option)}\` ${problem.problem.replace(/\.?$/, '.')}`);
}

function optionKey(option: FaultOption): Key<unknown> {
  const { summary, default: usual } = option;
  return {
    summary,
    shape: optionShape(option),
    ...(usual === undefined ? { required: `${option.name}: ${example(option)}` } : {}),
  };
}

function optionShape({ type, choices = [], least = 0, most }: FaultOption): Shape<unknown> {
  if (type === 'choice') return choice(choices);
  if (type === 'text') return text({ noun: 'text', example: 'text' });
  if (type === 'count') {
    return number({ noun: 'a whole number', least, most: most ?? Number.MAX_SAFE_INTEGER, whole: true });
  }
  return quantity(type, most === undefined ? { least } : { least, most });
}

function example({ type, choices, least = 1 }: FaultOption): string {
  if (type === 'choice') return choices?.[0] ?? '';
  if (type === 'text') return 'text';
  if (type === 'count') return String(Math.max(1, least));
  const usual = { duration: 300, fraction: 0.5, rate: 200, size: 64e6 }[type];
  return showQuantity(type, Math.max(usual, least));
}
