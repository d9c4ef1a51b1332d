/** `seaworthy gameday`: the experiments of a Game Day, one after the other. */
import { chooseMode } from '@seaworthy/break/experiment';
import { faultKinds } from '@seaworthy/break/faults';
import { loadGameDay } from '@seaworthy/break/gameday';
import type { AddCommand } from '../command.ts';
import { addPlayOptions, play, type PlayOptions } from './play.ts';

/** Adds the command. */
export const addGameDay: AddCommand = (program, context) => {
  const command = program
    .command('gameday')
    .summary('run the experiments of a Game Day')
    .description(
      'Runs a Game Day: starts its system once, runs its experiments one after the other, and writes a report and a ' +
        'draft of a post-mortem.',
    )
    .argument('<FILE>', 'a Game Day')
    .addHelpText(
      'after',
      '\nExamples:\n  seaworthy gameday game-day.yaml\n  seaworthy gameday game-day.yaml --mode naive --plain',
    );
  addPlayOptions(command).action(async (file: string, options: PlayOptions) => {
    const day = await loadGameDay(file, { faults: faultKinds });
    const mode = options.mode === undefined ? day.mode : chooseMode(day.system, options.mode);
    await play({ ...day, mode }, options, context);
  });
};
