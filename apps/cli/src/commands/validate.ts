/** `seaworthy validate`: whether files are right, without starting anything. */
import { type FileKind, loadExperiment, loadSystem, readFileKind } from '@seaworthy/break/experiment';
import { faultKinds } from '@seaworthy/break/faults';
import { loadGameDay } from '@seaworthy/break/gameday';
import { exitCodes } from '@seaworthy/break/journal';
import type { AddCommand } from '../command.ts';
import { exitCodeOf, messageOf } from '../errors.ts';
import { say } from '../terminal.ts';

/** Adds the command. */
export const addValidate: AddCommand = (program, { out, err, end }) => {
  program
    .command('validate')
    .summary('check files without starting anything')
    .description(
      'Checks experiments, systems and Game Days with all the files that they name. Starts nothing.',
    )
    .argument('<FILE...>', 'files of any of the three kinds')
    .addHelpText(
      'after',
      '\nExamples:\n  seaworthy validate shop/game-day.yaml\n  seaworthy validate shop/*.yaml',
    )
    .action(async (files: readonly string[]) => {
      for (const file of files) {
        try {
          say(out, `✓ ${file}: ${await describe(file)}`);
        } catch (error) {
          if (exitCodeOf(error) !== exitCodes.invalid) throw error;
          end(exitCodes.invalid);
          say(err, ...messageOf(error, false));
        }
      }
    });
};

/** Reads a file to its end and says what is in it. */
async function describe(file: string): Promise<string> {
  const faults = faultKinds;
  const describers: Readonly<Record<FileKind, () => Promise<string>>> = {
    async experiment() {
      const { title, method, expect } = await loadExperiment(file, { faults });
      return `experiment "${title}", ${count(method, 'fault')}, ${count(expect, 'expectation')}`;
    },
    async system() {
      const { name, services, modes } = await loadSystem(file);
      return `system "${name}", ${count(services, 'service')}, modes ${modes.map((mode) => mode.name).join(', ')}`;
    },
    async 'game-day'() {
      const { title, system, experiments } = await loadGameDay(file, { faults });
      return `Game Day "${title}", ${count(experiments, 'experiment')} on ${system.name}`;
    },
  };
  return describers[await readFileKind(file)]();
}

function count(items: readonly unknown[], noun: string): string {
  return `${items.length} ${noun}${items.length === 1 ? '' : 's'}`;
}
