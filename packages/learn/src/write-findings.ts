import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRecord } from '@seaworthy/break/journal';
import { type RunHistory, readHistory } from './history/read-history.ts';
import { summaryFileName } from './history/summary.ts';
import { learn, type Lessons } from './lessons.ts';
import { postMortemDraft } from './postmortem/draft.ts';
import { reportMarkdown } from './report/markdown.ts';
import { reportPage } from './report/page/page.ts';

/** What {@link writeFindings} takes. */
export interface FindingsOptions {
  /** The folder that holds the folders of earlier runs; the run's own may be among them. */
  readonly historyFolder: string;
}

/** What was written, as absolute paths or relative as the run's folder was given, and what it says. */
export interface WrittenFindings {
  readonly reportHtml: string;
  readonly reportMarkdown: string;
  readonly postMortem: string;
  readonly summary: string;
  readonly lessons: Lessons;
  /** Summaries of earlier runs that could not be read, with the reason. */
  readonly skippedHistory: RunHistory['skipped'];
}

/**
 * Learns from the records of a run and writes `report.html`, `report.md`, `post-mortem.md` and `summary.json` into its
 * folder. Each file is written whole or not at all: when one cannot be written, none of them is changed.
 *
 * A `post-mortem.md` in which people have written is kept; the fresh draft then goes to `post-mortem.draft.md`.
 *
 * @param runFolder - the run's folder; it must exist
 * @param records - all records of the run, in any order
 * @throws FindingsError `FINDINGS_UNWRITABLE`
 * @example
 * const records = await Array.fromAsync(readJournal(folder));
 * const { reportHtml } = await writeFindings(folder, records, { historyFolder: dirname(folder) });
 */
export async function writeFindings(
  runFolder: string,
  records: Iterable<RunRecord>,
  { historyFolder }: FindingsOptions,
): Promise<WrittenFindings> {
  const history = await readHistory(historyFolder);
  const lessons = learn(records, history.runs);
  const draft = postMortemDraft(lessons);
  const paths = {
    reportHtml: join(runFolder, 'report.html'),
    reportMarkdown: join(runFolder, 'report.md'),
    postMortem: await placeForDraft(runFolder, draft),
    summary: join(runFolder, summaryFileName),
  };
  await writeAll(runFolder, [
    [paths.reportHtml, reportPage(lessons)],
    [paths.reportMarkdown, reportMarkdown(lessons)],
    [paths.postMortem, draft],
    [paths.summary, `${JSON.stringify(lessons.summary, undefined, 2)}\n`],
  ]);
  return { ...paths, lessons, skippedHistory: history.skipped };
}

/** The findings could not be written. Code `FINDINGS_UNWRITABLE`. */
export class FindingsError extends Error {
  readonly code = 'FINDINGS_UNWRITABLE';

  constructor(folder: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `Cannot write the findings into ${folder}: ${reason}. Make the folder writable, then report again.`,
      {
        cause,
      },
    );
    this.name = 'FindingsError';
  }
}

/** Where the draft goes: to the post-mortem's own place, unless something else stands there. */
async function placeForDraft(folder: string, draft: string): Promise<string> {
  const place = join(folder, 'post-mortem.md');
  const there = await readFile(place, 'utf8').catch(() => undefined);
  return there === undefined || there === draft ? place : join(folder, 'post-mortem.draft.md');
}

/** Writes all texts beside their places first; only once all are written do they take them. */
async function writeAll(
  folder: string,
  files: readonly (readonly [path: string, text: string])[],
): Promise<void> {
  const suffix = `.${randomUUID()}.part`;
  try {
    for (const [path, text] of files) await writeFile(path + suffix, text, { flag: 'wx' });
    for (const [path] of files) await rename(path + suffix, path);
  } catch (error) {
    await Promise.all(files.map(([path]) => rm(path + suffix, { force: true })));
    throw new FindingsError(folder, error);
  }
}
