import path from 'node:path';
import { experimentBegin } from './parts/experiment-shape.ts';
import { type FileKind, fileKind } from './file-kind.ts';
import { isModule } from './load-experiment.ts';
import { readNamedSource } from './source/read-source.ts';
import { parseYaml } from './source/yaml-source.ts';

/**
 * Tells which kind of file this is, without checking more of it; a file that gives no sign is read as an experiment.
 *
 * @throws ExperimentFileError when it cannot be read or is no YAML
 * @example await readFileKind('shop.system.yaml') // 'system'
 */
export async function readFileKind(file: string): Promise<FileKind> {
  const absolute = path.resolve(file);
  if (isModule(absolute)) return 'experiment';
  const source = await readNamedSource(absolute, file);
  return fileKind(parseYaml(source, experimentBegin)) ?? 'experiment';
}
