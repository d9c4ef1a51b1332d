import type { Reading } from './shapes/reading.ts';
import type { SourceNode } from './source/source.ts';

/** The kinds of files that there are. */
export type FileKind = 'experiment' | 'system' | 'game-day';

/** The kinds, as messages name them. */
export const fileKindNames: Readonly<Record<FileKind, string>> = {
  experiment: 'an experiment',
  system: 'a system file',
  'game-day': 'a Game Day',
};

/** The keys by which a kind of file is known, the surest first. */
const signs: readonly (readonly [string, FileKind])[] = [
  ['experiments', 'game-day'],
  ['services', 'system'],
  ['method', 'experiment'],
  ['steady-state', 'experiment'],
  ['expect', 'experiment'],
];

/** Which kind of file this is, as far as its keys tell. */
export function fileKind(root: SourceNode): FileKind | undefined {
  if (root.kind !== 'map') return undefined;
  const keys = root.entries.map(({ key }) => key);
  return signs.find(([key]) => keys.includes(key))?.[1];
}

/** Ends a reading when the file is one of another kind; going through its keys would only confuse. */
export function checkFileKind(root: SourceNode, wanted: FileKind, reading: Reading): void {
  const kind = fileKind(root);
  if (kind === undefined || kind === wanted) return;
  reading.wrong(
    { ...root.place, length: 1 },
    `This is ${fileKindNames[kind]}, where ${fileKindNames[wanted]} is needed.`,
  );
  reading.result(undefined);
}
