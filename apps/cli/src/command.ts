/** What a command is: it adds itself to the program, and is given its surroundings. */
import type { Command } from 'commander';
import type { Surroundings } from './terminal.ts';

/** What every command is given, and how it says with which code the program ends. */
export interface Context extends Surroundings {
  /** Ends the program with this exit code, once the command is done; 0 without it. */
  readonly end: (exitCode: number) => void;
}

/** Adds a command to the program. */
export type AddCommand = (program: Command, context: Context) => void;
