import type { FaultKind, FaultOption } from '../../../faults/fault.ts';
import type { Step, Target } from '../../model.ts';
import { atMsMax, faultMsMax, faultMsMin } from '../limits.ts';
import { type Key, object, variant } from '../shapes/map-shapes.ts';
import { nearest } from '../shapes/nearest.ts';
import { showQuantity } from '../shapes/quantity.ts';
import { listed, type Reading } from '../shapes/reading.ts';
import { choice, number, quantity, text } from '../shapes/scalar-shapes.ts';
import { type Located, made, type Shape } from '../shapes/shape.ts';
import { placeWithin, shorten, type SourceText } from '../source/source.ts';

/** What the reader of files has to know of a fault; the list of faults has it. */
export type FaultDescription = Pick<FaultKind, 'name' | 'summary' | 'targets' | 'options' | 'check'>;

/** A step before it has an id, with what checks between steps need. */
export interface ReadStep {
  readonly step: Omit<Step, 'id'>;
  readonly at: Located<number> | undefined;
}

const targetForms: Readonly<Record<Target['kind'], string>> = {
  service: 'a service such as `inventory`',
  link: 'the calls between two services, such as `gateway -> payment`',
  load: '`load`',
};

/** A step of the method: one of the faults, its target, its time and its own options. */
export function stepOf(faults: readonly FaultDescription[]): Shape<ReadStep> {
  return variant(
    'a step',
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
  const shape = object<Readonly<Record<string, Key<unknown>>>>(
    `a step with \`${fault.name}\``,
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
        if (load === 'none') reading.wrong({ ...place, length: 1 }, noLoad(fault.name));
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
  if (type === 'count')
    return number({ noun: 'a whole number', least, most: most ?? Number.MAX_SAFE_INTEGER, whole: true });
  return quantity(type, most === undefined ? { least } : { least, most });
}

function example({ type, choices, least = 1 }: FaultOption): string {
  if (type === 'choice') return choices?.[0] ?? '';
  if (type === 'text') return 'text';
  if (type === 'count') return String(Math.max(1, least));
  const usual = { duration: 300, fraction: 0.5, rate: 200, size: 64e6 }[type];
  return showQuantity(type, Math.max(usual, least));
}

/** A target, checked against the system: the service, or the link that the caller declares in its `calls`. */
function targetOf(fault: FaultDescription): Shape<Target> {
  const shape = text({
    noun: 'a target',
    example: fault.targets.includes('link') ? 'gateway -> payment' : 'inventory',
  });
  return {
    schema: shape.schema,
    read(node, reading) {
      const value = shape.read(node, reading);
      if (value === undefined || node.kind !== 'text') return undefined;
      const parts = /^\s*(\S+?)\s*(->|→|=>|\s+to\s+)\s*(\S+)\s*$/.exec(value);
      const [, from, , to] = parts ?? [];
      const target: Target =
        from !== undefined && to !== undefined
          ? { kind: 'link', from, to }
          : value.trim() === 'load'
            ? { kind: 'load' }
            : { kind: 'service', service: value.trim() };
      if (!fault.targets.includes(target.kind)) {
        const right = fault.targets.map((kind) => targetForms[kind]).join(', or ');
        return reading.wrong(
          node.place,
          `\`${fault.name}\` is aimed at ${right}, not at \`${shorten(value)}\`.`,
        );
      }
      reading.later((known) => {
        if (target.kind === 'load' && known.load === 'none') reading.wrong(node.place, noLoad(fault.name));
        if (known.system !== undefined) checkTarget(node, target, known.system.services, reading);
      });
      return target;
    },
  };
}

function checkTarget(
  node: SourceText,
  target: Target,
  services: readonly { readonly name: string; readonly calls: readonly string[] }[],
  reading: Reading,
): void {
  if (target.kind === 'load') return;
  const names = services.map(({ name }) => name);
  const wanted = target.kind === 'service' ? [target.service] : [target.from, target.to];
  for (const name of new Set(wanted)) {
    if (names.includes(name)) continue;
    const near = nearest(name, target.kind === 'service' ? [...names, 'load'] : names);
    const mend = near === undefined ? `Its services are ${listed(names)}.` : `Did you mean \`${near}\`?`;
    const start =
      target.kind === 'link' && name === target.to ? node.value.lastIndexOf(name) : node.value.indexOf(name);
    reading.wrong(
      placeWithin(node, start, name.length),
      `The system has no service \`${shorten(name)}\`. ${mend}`,
    );
    return;
  }
  if (target.kind !== 'link') return;
  const calls = services.find(({ name }) => name === target.from)?.calls ?? [];
  if (calls.includes(target.to)) return;
  const mend = calls.length === 0 ? 'It declares no calls.' : `It calls ${listed(calls)}.`;
  reading.wrong(
    node.place,
    `\`${target.from}\` does not call \`${target.to}\`. ${mend} Choose one of them, or add it to \`calls\` in the system file.`,
  );
}

function noLoad(fault: string): string {
  return `\`${fault}\` needs a load, but the experiment has none. Add a \`load\`, such as \`load: { get: "\${gateway}/products", rate: 50/s }\`.`;
}
