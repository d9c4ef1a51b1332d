/** The command line: which commands there are, and what becomes of a wrong one. */
import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import type { AddCommand, Context } from './command.ts';
import { addFaults } from './commands/faults.ts';
import { addGameDay } from './commands/gameday.ts';
import { addProxy, withDoubleDashes } from './commands/proxy.ts';
import { addReport } from './commands/report.ts';
import { addRun } from './commands/run.ts';
import { addUndo } from './commands/undo.ts';
import { addValidate } from './commands/validate.ts';
import { exitCodeOf, messageOf } from './errors.ts';
import { say, type Surroundings } from './terminal.ts';

const commands: readonly AddCommand[] = [
  addRun,
  addGameDay,
  addValidate,
  addReport,
  addUndo,
  addFaults,
  addProxy,
];

const usageExitCode = 2;

/**
 * Runs one command line.
 *
 * @returns the exit code
 * @example await runCli(['validate', 'experiment.yaml'], processSurroundings())
 */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<number> {
  let exitCode = 0;
  const context: Context = {
    ...surroundings,
    end(code) {
      exitCode = code;
    },
  };
  const program = createProgram(context);
  try {
    await program.parseAsync([...withDoubleDashes(args)], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version come this way, too, with the code 0; what was wrong has been said by then.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode;
    say(surroundings.err, ...messageOf(error, program.opts<{ debug?: true }>().debug === true));
    return exitCodeOf(error);
  }
}

function createProgram(context: Context): Command {
  const { out, err } = context;
  const program = new Command('seaworthy')
    .description('Breaks a system on purpose, shows which protections worked, and helps to learn from it.')
    .version(ownVersion(), '-V, --version', 'Say which version this is.')
    .helpOption('-h, --help', 'Show this help.')
    .helpCommand('help [COMMAND]', 'Show the help of a command.')
    .option('--debug', 'Show where in the program an error came from.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void out.stream.write(text),
      writeErr: (text) => void err.stream.write(text),
      getOutHelpWidth: () => Math.min(out.terminal?.columns ?? 80, 100),
      getErrHelpWidth: () => Math.min(err.terminal?.columns ?? 80, 100),
      outputError: (text, write) =>
        write(text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase())),
    })
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `
Examples:
  seaworthy validate shop/inventory-down.yaml    is the file right?
  seaworthy run shop/inventory-down.yaml         one experiment
  seaworthy gameday shop/game-day.yaml           all of them, one after the other
  seaworthy undo                                 what a run left that was cut off

Exit codes:
  0 every hypothesis held     1 one did not          2 bad input or usage
  3 not steady before         4 fault not observed   5 an undo failed
  130 interrupted, everything undone`,
    );
  for (const add of commands) add(program, context);
  for (const command of program.commands) command.helpOption('-h, --help', 'Show this help.');
  return program;
}

function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
