/** What `run` and `gameday` share: their options, the view while it goes on, the summary, the exit code. */
import type { GameDay } from '@seaworthy/break/experiment';
import { createNativeTimers, monotonicClock } from '@seaworthy/protect';
import { type Command, Option } from 'commander';
import { resolve } from 'node:path';
import type { Context } from '../command.ts';
import { composeRun } from '../compose.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { paint } from '../live/line.ts';
import { planOf } from '../live/plan.ts';
import { present } from '../live/presenter.ts';
import { summary } from '../live/summary.ts';
import { suspendText } from '../live/words.ts';
import { say } from '../terminal.ts';
import { wholeNumber } from './proxy.ts';

/** The options of both commands. */
export interface PlayOptions {
  readonly mode?: string;
  readonly network?: 'loopback' | 'namespaces';
  readonly out: string;
  readonly plain?: true;
  readonly seed: number;
}

/** Adds the options. */
export function addPlayOptions(command: Command): Command {
  return command
    .option('--mode <NAME>', "the mode that the system runs in; its file's first one by default")
    .addOption(
      new Option(
        '--network <WHERE>',
        'where the services run, whatever the system file says; namespaces take Linux and root',
      ).choices(['loopback', 'namespaces']),
    )
    .option('--out <FOLDER>', 'where the record and the reports go, in .seaworthy/runs', '.')
    .option('--plain', 'plain lines, also on a terminal')
    .option('--seed <NUMBER>', 'makes the random choices of load and proxies repeatable', wholeNumber, 1);
}

/** Runs a Game Day before the reader's eyes. */
export async function play(given: GameDay, options: PlayOptions, context: Context): Promise<void> {
  const { out, keys, folder } = context;
  const { network = given.system.network } = options;
  const system = { ...given.system, network };
  const experiments = given.experiments.map((experiment) => ({ ...experiment, system }));
  const day: GameDay = { ...given, system, experiments };
  const now = () => monotonicClock.epoch + monotonicClock.now();
  const timers = createNativeTimers();
  let note = (_text: string): void => {};
  const presenter = present({
    output: out,
    keys,
    onNote: (text) => note(text),
    plan: planOf(day),
    plain: options.plain === true,
    now,
    timers,
  });
  using interrupt = listenForInterrupt(
    () => presenter.announce('Interrupted: undoing the faults and stopping the services, a few seconds.'),
    () => presenter.announce(suspendText),
  );
  try {
    const outcome = await composeRun({
      day,
      seed: options.seed,
      base: resolve(folder, options.out),
      signal: interrupt.signal,
      onRecord: presenter.hear,
      onNotebook(write) {
        note = write;
      },
    });
    const columns = out.terminal?.columns ?? 100;
    const lines = summary(presenter.close(), outcome.paths, columns);
    say(out, ...lines.map((line) => paint(line, out.colour)), ` exit code ${outcome.exitCode}`);
    context.end(outcome.exitCode);
  } finally {
    presenter.close();
  }
}
