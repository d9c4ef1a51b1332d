import path from 'node:path';
import { checkFileKind } from '../experiment/format/file-kind.ts';
import {
  importExperiment,
  isModule,
  type LoadOptions,
  readExperiment,
} from '../experiment/format/load-experiment.ts';
import { chooseMode, namedSystem, unknownMode } from '../experiment/format/load-system.ts';
import { Reading } from '../experiment/format/shapes/reading.ts';
import type { Located } from '../experiment/format/shapes/shape.ts';
import { resolveBeside, shownBeside } from '../experiment/format/source/paths.ts';
import { readNamedSource, readSource } from '../experiment/format/source/read-source.ts';
import type { Source } from '../experiment/format/source/source.ts';
import { parseYaml } from '../experiment/format/source/yaml-source.ts';
import type { Experiment, GameDay, SystemDefinition } from '../experiment/model.ts';
import { defaultsOf, gameDayBegin, gameDayShape, type ReadGameDay } from './format-shape.ts';

/**
 * Reads a Game Day file with its system and all its experiments.
 *
 * @throws ExperimentFileError for whatever is wrong with it, or with a file that it names
 * @example const day = await loadGameDay('gameday.yaml', { faults: faultKinds });
 */
export async function loadGameDay(file: string, { faults }: LoadOptions): Promise<GameDay> {
  const source = await readNamedSource(path.resolve(file), file);
  const reading = new Reading(source);
  const root = parseYaml(source, gameDayBegin);
  checkFileKind(root, 'game-day', reading);
  const read = gameDayShape.read(root, reading);
  if (read === undefined) return reading.result<GameDay>(undefined);
  const named = read.fields.system;
  const system = named === undefined ? undefined : await namedSystem(named, reading);
  const { load, ...defaults } = defaultsOf(read);
  // Without a load here each experiment has its own, and abort conditions are held against that one.
  reading.check({ system, load: load === 'none' ? 'broken' : load });
  const mode = system === undefined ? undefined : modeOf(system, read.fields.mode, reading);
  const found = await findExperiments(read, reading);
  if (system === undefined || mode === undefined) return reading.result<GameDay>(undefined);
  reading.result(true);
  const context = {
    system,
    defaults: load === 'none' || load === 'broken' ? defaults : { ...defaults, load },
  };
  const experiments: Experiment[] = [];
  for (const { source: one, place } of found) {
    const experiment = isModule(one.file)
      ? await importExperiment(one.file, one.shown)
      : await readExperiment(one, faults, context);
    const same = experiments.find(({ title }) => title === experiment.title);
    if (same !== undefined) {
      reading.wrong(
        place,
        `This experiment has the same title as an earlier one, \`${experiment.title}\`. Give each its own.`,
      );
    } else if (experiment.system.file !== system.file) {
      reading.wrong(
        place,
        `This experiment runs on another system than the Game Day, on ${experiment.system.name}.`,
      );
    }
    experiments.push(experiment);
  }
  return reading.result({
    title: read.fields.title?.value.trim() ?? '',
    description: read.fields.description?.value.trim(),
    file: source.file,
    system,
    mode,
    roles: Object.fromEntries(
      (read.fields.roles?.value.entries ?? []).map(({ name, value }) => [
        name,
        value.map((person) => person.value),
      ]),
    ),
    experiments,
  });
}

function modeOf(
  system: SystemDefinition,
  named: Located<string> | undefined,
  reading: Reading,
): string | undefined {
  if (named === undefined) return chooseMode(system, undefined);
  const known = system.modes.some(({ name }) => name === named.value);
  return known ? named.value : reading.wrong(named.place, unknownMode(system, named.value));
}

/** The experiments' files, each read as text; one that is not there is shown where it was named. */
async function findExperiments(
  read: ReadGameDay,
  reading: Reading,
): Promise<{ readonly source: Source; readonly place: Located<string>['place'] }[]> {
  const { source } = reading;
  const found = await Promise.all(
    (read.fields.experiments?.value ?? []).map(async ({ value, place }) => {
      const one = await readSource(resolveBeside(source.file, value), shownBeside(source.shown, value));
      return { one, place };
    }),
  );
  return found.flatMap(({ one, place }) => {
    if ('source' in one) return [{ source: one.source, place }];
    reading.wrong(place, one.problem);
    return [];
  });
}
