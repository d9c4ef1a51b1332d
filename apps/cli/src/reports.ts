/** Makes the reports of a run from its record. */
import { dirname } from 'node:path';
import { readJournal, type RunRecord } from '@seaworthy/break/journal';
import { writeFindings } from '@seaworthy/learn';

/** A file that was written for people. */
export interface RunPath {
  readonly name: string;
  readonly path: string;
}

/** Writes the reports into the run's folder, from its journal and from nothing else. */
export async function writeReports(runFolder: string): Promise<readonly RunPath[]> {
  const records: RunRecord[] = [];
  for await (const record of readJournal(runFolder)) records.push(record);
  const written = await writeFindings(runFolder, records, { historyFolder: dirname(runFolder) });
  return [
    { name: 'report', path: written.reportHtml },
    { name: 'as text', path: written.reportMarkdown },
    { name: 'post-mortem', path: written.postMortem },
  ];
}
