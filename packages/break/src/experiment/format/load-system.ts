import path from 'node:path';
import type { SystemDefinition } from '../model.ts';
import { fileError } from './experiment-file-error.ts';
import { checkFileKind, fileKind, fileKindNames } from './file-kind.ts';
import { systemBegin, systemShape } from './parts/system-shape.ts';
import { hint, Reading } from './shapes/reading.ts';
import type { Located } from './shapes/shape.ts';
import { resolveBeside, shownBeside } from './source/paths.ts';
import { readNamedSource, readSource } from './source/read-source.ts';
import { shorten, type Source } from './source/source.ts';
import { parseYaml } from './source/yaml-source.ts';

/**
 * Reads a system file: which services there are, how each starts, whom it calls.
 *
 * @throws ExperimentFileError for whatever is wrong with the file
 * @example const shop = await loadSystem('shop.system.yaml');
 */
export async function loadSystem(file: string): Promise<SystemDefinition> {
  return parseSystem(await readNamedSource(path.resolve(file), file));
}

/** Reads a system from its file's text. @throws ExperimentFileError */
export function parseSystem(source: Source): SystemDefinition {
  const reading = new Reading(source);
  const root = parseYaml(source, systemBegin);
  checkFileKind(root, 'system', reading);
  return reading.result(systemShape.read(root, reading));
}

/**
 * Reads the system that another file names. What is wrong with the name is a mistake of that file.
 *
 * @throws ExperimentFileError for what is wrong within the system's file
 */
export async function namedSystem(
  { value, place }: Located<string>,
  reading: Reading,
): Promise<SystemDefinition | undefined> {
  const { file, shown } = reading.source;
  const read = await readSource(resolveBeside(file, value), shownBeside(shown, value));
  if ('problem' in read) return reading.wrong(place, read.problem);
  const kind = fileKind(parseYaml(read.source, systemBegin));
  if (kind === undefined || kind === 'system') return parseSystem(read.source);
  return reading.wrong(
    place,
    `\`${shorten(value)}\` is ${fileKindNames[kind]}, where a system file is needed.`,
  );
}

/**
 * The name of the mode that a system is run in.
 *
 * @param name - a mode's name; the system's first one when `undefined`
 * @throws ExperimentFileError when the system has no such mode
 */
export function chooseMode(system: SystemDefinition, name: string | undefined): string {
  const names = system.modes.map((mode) => mode.name);
  if (name === undefined) return names[0] ?? 'default';
  if (names.includes(name)) return name;
  const source: Source = { file: system.file, shown: system.file, style: 'code', text: '' };
  const place = { path: 'modes', offset: undefined, length: 1 };
  throw fileError(source, [{ place, message: unknownMode(system, name) }]);
}

/** Says which modes there are. */
export function unknownMode(system: SystemDefinition, name: string): string {
  const names = system.modes.map((mode) => mode.name);
  return `${system.name} has no mode \`${name}\`.${hint(name, names, 'It has')}`;
}
