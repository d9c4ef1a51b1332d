/** `seaworthy report`: the reports of a run, made anew from its record. */
import { resolve } from 'node:path';
import type { AddCommand } from '../command.ts';
import { writeReports } from '../reports.ts';
import { say } from '../terminal.ts';

/** Adds the command. */
export const addReport: AddCommand = (program, { out, folder }) => {
  program
    .command('report')
    .summary('make the reports of a run anew')
    .description('Makes report.html, report.md and post-mortem.md of a run anew, from its record alone.')
    .argument('<RUN_FOLDER>', 'a folder of .seaworthy/runs')
    .addHelpText('after', '\nExample:\n  seaworthy report .seaworthy/runs/2026-11-24T10-03-07-shop')
    .action(async (runFolder: string) => {
      const paths = await writeReports(resolve(folder, runFolder));
      const longest = Math.max(...paths.map(({ name }) => name.length));
      say(out, ...paths.map(({ name, path }) => `${name.padEnd(longest)}  ${path}`));
    });
};
