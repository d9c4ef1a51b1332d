/** `seaworthy undo`: what a run left behind whose runner and watchdog died together. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { JournalError, undoRun, type UndoReport } from '@seaworthy/break/journal';
import type { AddCommand } from '../command.ts';
import { CliError } from '../errors.ts';
import { type Output, say } from '../terminal.ts';

/** Adds the command. */
export const addUndo: AddCommand = (program, { out, folder }) => {
  program
    .command('undo')
    .summary('undo what a run left behind that was cut off')
    .description(
      'Undoes what a dead run left: faults that are on, files, processes. Reads the ledger that the run kept. ' +
        'Harmless when there is nothing to undo; a run that goes on is left alone.',
    )
    .argument('[RUN_FOLDER]', 'one run; without it, every run of .seaworthy/runs in this folder')
    .addHelpText(
      'after',
      '\nExamples:\n  seaworthy undo\n  seaworthy undo .seaworthy/runs/2026-11-24T10-03-07-shop',
    )
    .action(async (runFolder: string | undefined) => {
      const runs = runFolder === undefined ? runsIn(folder) : [resolve(folder, runFolder)];
      const reports: UndoReport[] = [];
      for (const run of runs) {
        const report = await undoOne(run, runFolder !== undefined, out);
        if (report !== undefined) reports.push(report);
      }
      if (reports.every((report) => report.outcomes.length + report.strays === 0 && report.ok)) {
        say(out, 'There was nothing to undo.');
      }
      const trouble = reports.flatMap((report) => report.trouble);
      if (trouble.length > 0) {
        throw new CliError('UNDO_INCOMPLETE', `Not everything could be undone: ${trouble.join('; ')}.`);
      }
    });
};

function runsIn(folder: string): readonly string[] {
  const runs = join(folder, '.seaworthy', 'runs');
  if (!existsSync(runs)) {
    throw new CliError(
      'RUN_MISSING',
      `There are no runs in ${runs}. Name a run's folder, or go to the folder in which the run was started.`,
    );
  }
  return readdirSync(runs, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(runs, entry.name))
    .toSorted();
}

/** Undoes one run; among many, one that goes on or has no ledger is passed over. */
async function undoOne(run: string, named: boolean, out: Output): Promise<UndoReport | undefined> {
  try {
    const report = await undoRun(run);
    const done = report.outcomes.map(({ owner, ok, detail }) => `  ${ok ? '✓' : '✗'} ${owner}: ${detail}`);
    if (report.strays > 0) done.push(`  ✓ ${report.strays} more processes of the run were ended`);
    if (done.length > 0) say(out, run, ...done);
    return report;
  } catch (error) {
    if (named || !(error instanceof JournalError)) throw error;
    if (error.code === 'LEDGER_MISSING') return undefined;
    if (error.code !== 'RUNNER_ALIVE') throw error;
    say(out, error.message);
    return undefined;
  }
}
