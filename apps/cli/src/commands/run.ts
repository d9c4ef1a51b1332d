/** `seaworthy run`: one experiment. */
import { chooseMode, loadExperiment } from '@seaworthy/break/experiment';
import { faultKinds } from '@seaworthy/break/faults';
import type { AddCommand } from '../command.ts';
import { addPlayOptions, play, type PlayOptions } from './play.ts';

/** Adds the command. */
export const addRun: AddCommand = (program, context) => {
  const command = program
    .command('run')
    .summary('run one experiment')
    .description(
      'Runs one experiment: starts its system as real processes, measures the steady state, injects the faults, ' +
        'undoes them, and says whether each expectation held.',
    )
    .argument('<FILE>', 'an experiment')
    .addHelpText(
      'after',
      '\nExamples:\n  seaworthy run inventory-down.yaml\n  seaworthy run inventory-down.yaml --mode naive --seed 42',
    );
  addPlayOptions(command).action(async (file: string, options: PlayOptions) => {
    const experiment = await loadExperiment(file, { faults: faultKinds });
    const { title, description, system } = experiment;
    const day = {
      title,
      description,
      file: experiment.file,
      system,
      mode: chooseMode(system, options.mode),
      roles: {},
      experiments: [experiment],
    };
    await play(day, options, context);
  });
};
