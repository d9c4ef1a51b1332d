import path from 'node:path';
import type { SystemDefinition } from '../model.ts';
import { checkFileKind } from './file-kind.ts';
import { fileError } from './experiment-file-error.ts';
import { systemBegin, systemShape } from './parts/system-shape.ts';
import { hint, Reading } from './shapes/reading.ts';
import { readNamedSource } from './source/read-source.ts';
import type { Source } from './source/source.ts';
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
