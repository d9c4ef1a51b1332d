import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { ExperimentFileError } from '../experiment-file-error.ts';
import { loadExperiment } from '../load-experiment.ts';
import { loadSystem } from '../load-system.ts';
import { experimentText, sampleFaults, systemText } from './sample-files.ts';

/** A change that breaks a sample file, and the whole message that it leads to. */
export interface BrokenFile {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly says: readonly string[];
}

/** Breaks the sample experiment on disk, loads it, and holds the error against what is said of it. */
export async function expectBrokenExperiment({ from, to, says }: BrokenFile): Promise<void> {
  await inFolder(async (folder) => {
    await writeFile(path.join(folder, 'shop.system.yaml'), systemText);
    const file = path.join(folder, 'kill.yaml');
    await writeFile(file, broken(experimentText, from, to));
    const error = await errorOf(loadExperiment(file, { faults: sampleFaults }));
    expectMessage(error, folder, says);
  });
}

/** Breaks the sample system on disk, loads it, and holds the error against what is said of it. */
export async function expectBrokenSystem({ from, to, says }: BrokenFile): Promise<void> {
  await inFolder(async (folder) => {
    const file = path.join(folder, 'shop.system.yaml');
    await writeFile(file, broken(systemText, from, to));
    expectMessage(await errorOf(loadSystem(file)), folder, says);
  });
}

/** Runs `work` in a folder of its own, which is removed afterwards. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'seaworthy-format-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The one error of a file that cannot be right. */
export async function errorOf(loading: Promise<unknown>): Promise<ExperimentFileError> {
  const error = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ExperimentFileError);
  return error as ExperimentFileError;
}

function broken(text: string, from: string, to: string): string {
  expect(text).toContain(from);
  return text.replace(from, () => to);
}

function expectMessage(error: ExperimentFileError, folder: string, says: readonly string[]): void {
  expect(error.message.replaceAll(`${folder}/`, '').replaceAll(folder, '.').split('\n')).toEqual(says);
  expect(error.code).toBe('FILE_INVALID');
  expect(`${path.basename(error.file)}:${error.line}:${error.column}`).toBe(says[0]?.split(': ')[0]);
}
