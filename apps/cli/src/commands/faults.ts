/** `seaworthy faults`: what can be broken, and how. */
import { type FaultKind, faultKinds, type FaultOption } from '@seaworthy/break/faults';
import type { AddCommand } from '../command.ts';
import { CliError } from '../errors.ts';
import { flow, paint, span } from '../live/line.ts';
import { say } from '../terminal.ts';

/** Adds the command. */
export const addFaults: AddCommand = (program, { out }) => {
  program
    .command('faults')
    .summary('list the faults and their options')
    .description(
      'Lists every fault: what it does, what it can be aimed at, and its options with their defaults.',
    )
    .argument('[NAME]', 'only this fault')
    .addHelpText('after', '\nExamples:\n  seaworthy faults\n  seaworthy faults latency')
    .action((name: string | undefined) => {
      const columns = Math.min(out.terminal?.columns ?? 100, 100);
      const shown = name === undefined ? faultKinds : [findFault(name)];
      say(out, ...shown.flatMap((fault, index) => [...(index > 0 ? [''] : []), ...describe(fault, columns)]));
    });
};

function findFault(name: string): FaultKind {
  const fault = faultKinds.find((kind) => kind.name === name);
  if (fault !== undefined) return fault;
  const names = faultKinds.map((kind) => kind.name).join(', ');
  throw new CliError('USAGE', `There is no fault "${name}"; there are ${names}.`);
}

function describe({ name, summary, targets, options }: FaultKind, columns: number): readonly string[] {
  const left = Math.max(10, ...options.map((option) => option.name.length)) + 2;
  return [
    name,
    ...indent(summary, 2, columns),
    ...indent(`Target: ${targets.map((target) => targetForms[target]).join(', or ')}.`, 2, columns),
    ...options.flatMap((option) => {
      const [first = '', ...rest] = indent(`${option.summary}; ${formOf(option)}`, left + 4, columns);
      return [`    ${option.name.padEnd(left)}${first.trimStart()}`, ...rest];
    }),
  ];
}

const targetForms = {
  service: 'a service, such as inventory',
  link: 'a link, such as gateway -> inventory',
  groups: 'groups of services, such as gateway, orders <-> payment',
  load: 'load',
} as const;

const typeForms: Readonly<Record<FaultOption['type'], string>> = {
  duration: 'a duration such as 300ms or 5s',
  fraction: 'a share such as 50%',
  rate: 'a rate such as 200/s',
  size: 'a size such as 64MB',
  count: 'a number',
  text: 'text',
  choice: 'a choice',
};

function formOf(option: FaultOption): string {
  const form = option.choices === undefined ? typeForms[option.type] : option.choices.join(' or ');
  return `${form} (${option.default === undefined ? 'required' : `by default ${showDefault(option)}`})`;
}

/** A default stands in the model's units; a reader wants it as the file has it. */
function showDefault({ type, default: value }: FaultOption): string {
  if (typeof value !== 'number') return String(value);
  switch (type) {
    case 'duration':
      return value % 1000 === 0 && value > 0 ? `${value / 1000}s` : `${value}ms`;
    case 'fraction':
      return `${value * 100}%`;
    case 'rate':
      return `${value}/s`;
    case 'size':
      return showSize(value);
    default:
      return String(value);
  }
}

function showSize(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && value % 1024 === 0 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value}${units[unit] ?? ''}`;
}

function indent(text: string, columns: number, width: number): readonly string[] {
  const words = text.split(' ').map((word) => span(word));
  const lines = flow(words, Math.max(20, width - columns), 20, span(' '));
  return lines.map((line) => `${' '.repeat(columns)}${paint(line, false)}`);
}
