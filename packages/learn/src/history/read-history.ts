import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readSummary } from './read-summary.ts';
import { type RunSummary, summaryFileName } from './summary.ts';

/** Earlier runs, and what could not be read as one. */
export interface RunHistory {
  /** From the earliest to the latest. */
  readonly runs: readonly RunSummary[];
  /** Summaries that were passed over, with the reason. */
  readonly skipped: readonly { readonly folder: string; readonly why: string }[];
}

/** So many folders are looked at, the last by name; names of run folders begin with their time. */
const foldersMax = 500;
/** A summary is a few kilobytes; what is much larger is something else. */
const bytesMax = 4 * 1024 * 1024;

/**
 * Reads the `summary.json` of every run folder in `historyFolder`. A folder without one is no run; one that cannot be
 * read is named in `skipped` and fails nothing.
 */
export async function readHistory(historyFolder: string): Promise<RunHistory> {
  const runs: RunSummary[] = [];
  const skipped: { folder: string; why: string }[] = [];
  for (const folder of await runFolders(historyFolder)) {
    const text = await textOf(join(historyFolder, folder, summaryFileName));
    if (text === undefined) continue;
    const reading = typeof text === 'string' ? readSummary(text) : { ok: false as const, why: text.why };
    if (reading.ok) runs.push(reading.summary);
    else skipped.push({ folder, why: reading.why });
  }
  return { runs: runs.sort((one, other) => one.startedAt - other.startedAt), skipped };
}

async function runFolders(historyFolder: string): Promise<string[]> {
  try {
    const entries = await readdir(historyFolder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()
      .slice(-foldersMax);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The text of a file; undefined where there is none. */
async function textOf(path: string): Promise<string | { readonly why: string } | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { size } = await file.stat();
    return size > bytesMax ? { why: `it has ${size} bytes` } : await file.readFile('utf8');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return { why: code ?? String(error) };
  } finally {
    await file?.close();
  }
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
