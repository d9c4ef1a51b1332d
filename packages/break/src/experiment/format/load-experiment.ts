import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Experiment, SystemDefinition } from '../model.ts';
import { isExperiment } from './build-experiment.ts';
import { ExperimentFileError, unreadable } from './experiment-file-error.ts';
import { checkFileKind } from './file-kind.ts';
import { namedSystem } from './load-system.ts';
import { experimentBegin, experimentShape, type ReadExperiment } from './parts/experiment-shape.ts';
import { type ExperimentDefaults, makeExperiment } from './parts/make-experiment.ts';
import type { FaultDescription } from './parts/step-shapes.ts';
import { Reading } from './shapes/reading.ts';
import { resolveBeside } from './source/paths.ts';
import { readNamedSource } from './source/read-source.ts';
import type { Source } from './source/source.ts';
import { parseYaml } from './source/yaml-source.ts';

/** What reading an experiment needs to know. */
export interface LoadOptions {
  /** The faults that a method can name; `faultKinds` of `@seaworthy/break/faults` are all of them. */
  readonly faults: readonly FaultDescription[];
}

/** What a Game Day gives to its experiments. */
export interface GameDayContext {
  readonly system: SystemDefinition;
  readonly defaults: ExperimentDefaults;
}

/**
 * Reads an experiment: a YAML or JSON file, or a module in TypeScript or JavaScript that exports one.
 *
 * @throws ExperimentFileError for whatever is wrong with the file or with its system's file
 * @example const plan = await loadExperiment('kill-inventory.yaml', { faults: faultKinds });
 */
export async function loadExperiment(file: string, { faults }: LoadOptions): Promise<Experiment> {
  const absolute = path.resolve(file);
  if (isModule(absolute)) return importExperiment(absolute, file);
  return readExperiment(await readNamedSource(absolute, file), faults, undefined);
}

/** Whether an experiment's file is code that has to be run to know what it says. */
export function isModule(file: string): boolean {
  return /\.[cm]?[jt]s$/.test(file);
}

/** Reads an experiment from its file's text. @throws ExperimentFileError */
export async function readExperiment(
  source: Source,
  faults: readonly FaultDescription[],
  gameDay: GameDayContext | undefined,
): Promise<Experiment> {
  const reading = new Reading(source);
  const root = parseYaml(source, experimentBegin);
  checkFileKind(root, 'experiment', reading);
  const read = experimentShape(faults).read(root, reading);
  if (read === undefined) return reading.result<Experiment>(undefined);
  const system = await systemOf(read, gameDay, reading);
  return reading.result(makeExperiment(read, system, gameDay?.defaults ?? {}, reading));
}

/** Runs a module and takes the experiment that it exports. */
export async function importExperiment(file: string, shown: string): Promise<Experiment> {
  const source: Source = { file, shown, style: 'code', text: '' };
  await readNamedSource(file, shown);
  let module: { readonly [name: string]: unknown };
  try {
    module = (await import(pathToFileURL(file).href)) as typeof module;
  } catch (error) {
    if (error instanceof ExperimentFileError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw unreadable(source, `The module could not be run: ${reason}`, error);
  }
  const [found, second] = Object.values(module).filter(isExperiment);
  if (found === undefined) {
    throw unreadable(source, 'The module exports no experiment. Export what `experiment({ ... })` gives.');
  }
  if (second !== undefined) {
    throw unreadable(source, 'The module exports several experiments. Give each a module.');
  }
  return found;
}

/** The system that an experiment names, or the one of its Game Day; a mistake is noted when there is none. */
async function systemOf(
  { fields, present, place }: ReadExperiment,
  gameDay: GameDayContext | undefined,
  reading: Reading,
): Promise<SystemDefinition | undefined> {
  const { source } = reading;
  const named = fields.system;
  if (named === undefined && present.has('system')) return undefined;
  if (named === undefined) {
    if (gameDay !== undefined) return gameDay.system;
    const mend = 'Name the system file: `system: ./shop.system.yaml`.';
    return reading.wrong({ ...place, length: 1 }, `\`system\` is missing in this experiment. ${mend}`);
  }
  if (typeof named.value !== 'string') return named.value;
  if (gameDay !== undefined) {
    if (resolveBeside(source.file, named.value) === gameDay.system.file) return gameDay.system;
    const mend =
      'All experiments of a Game Day run on its system. Leave `system` out, or name the same file.';
    return reading.wrong(named.place, `\`${named.value}\` is another system than the Game Day's. ${mend}`);
  }
  return namedSystem({ ...named, value: named.value }, reading);
}
