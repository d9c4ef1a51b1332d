import type { Experiment, SystemDefinition } from '../model.ts';
import type { ExperimentInput } from './experiment-input.ts';
import { experimentShape } from './parts/experiment-shape.ts';
import { makeExperiment } from './parts/make-experiment.ts';
import type { FaultDescription } from './parts/step-shapes.ts';
import { Reading } from './shapes/reading.ts';
import { fromCode } from './source/code-source.ts';
import type { Source } from './source/source.ts';

/** Marks experiments that were checked, across installed copies of the package. */
const checked: unique symbol = Symbol.for('seaworthy.experiment') as never;

/**
 * Describes an experiment in code. The rules are those of the files; keys are written `likeThis`, durations may be
 * numbers of milliseconds, shares numbers from 0 to 1, rates numbers a second.
 *
 * @param options.faults - the faults that a method can name
 * @param options.file - the module itself, `import.meta.filename`; named in messages, and paths count from its folder
 * @throws ExperimentFileError that names the keys which lead to the mistake, such as `method[0].for`
 * @example
 * export const inventoryDown = experiment({
 *   title: 'Customers can buy while inventory is down',
 *   system: await loadSystem('shop.system.yaml'),
 *   steadyState: [{ probe: 'http', get: '${gateway}/products' }],
 *   load: { get: '${gateway}/products', rate: '50/s' },
 *   method: [{ at: '5s', fault: 'kill', target: 'inventory', for: '10s' }],
 *   expect: ['success rate of load >= 99%'],
 * }, { faults: faultKinds, file: import.meta.filename });
 */
export function experiment(
  input: ExperimentInput,
  options: { readonly faults: readonly FaultDescription[]; readonly file: string },
): Experiment {
  const source: Source = { file: options.file, shown: options.file, style: 'code', text: '' };
  const reading = new Reading(source);
  const read = experimentShape(options.faults).read(fromCode(input, ['system']), reading);
  if (read === undefined) return reading.result<Experiment>(undefined);
  const named = read.fields.system?.value;
  let system: SystemDefinition | undefined;
  if (typeof named === 'object') system = named;
  else if (named !== undefined)
    reading.wrong(read.place, 'In code `system` is what `await loadSystem(...)` gives, not a path.');
  else if (!read.present.has('system'))
    reading.wrong(read.place, '`system` is missing. Give what `await loadSystem(...)` gives.');
  const made = reading.result(makeExperiment(read, system, {}, reading));
  return Object.defineProperty(made, checked, { value: true });
}

/** Whether a value is an experiment that {@link experiment} made. */
export function isExperiment(value: unknown): value is Experiment {
  return typeof value === 'object' && value !== null && checked in value;
}
