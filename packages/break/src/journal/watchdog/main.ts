/**
 * The watchdog's own process. It waits, with a pipe to the runner as its standard input. When the pipe ends and the
 * runner has not said that it is done, the runner is gone: then everything in its ledger is undone.
 *
 * It runs in a session of its own, so that Ctrl-C and a closed terminal do not reach it, and imports no more than it
 * needs, so that it is there at once.
 */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemWorld } from '../ledger/system-world.ts';
import { undoLedger } from '../ledger/undo-ledger.ts';
import { farewell, greeting } from './words.ts';

const [runFolder] = process.argv.slice(2);
if (runFolder === undefined) throw new Error('Expected the run folder as the only argument.');

process.title = 'seaworthy-watchdog';
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => {});

let heard = '';
process.stdin.setEncoding('latin1');
process.stdin.on('data', (text: string) => {
  // The last word counts, and it is short.
  heard = (heard + text).slice(-farewell.length);
});
// A pipe that ends is a runner that is done or gone, and so is one that breaks; `close` follows on both.
process.stdin.on('error', () => {});
process.stdin.once('close', () => void finish(runFolder));
// Nobody may be there to read the greeting any more.
process.stdout.on('error', () => {});
process.stdout.write(greeting);

async function finish(folder: string): Promise<void> {
  if (heard === farewell) process.exit(0);
  try {
    const now = () => Math.round(performance.timeOrigin + performance.now());
    // The end of the pipe is proof of the runner's end. The process table may still list it for a moment.
    const report = await undoLedger(folder, {
      world: systemWorld((ms) => sleep(ms)),
      now,
      evenIfRunning: true,
    });
    process.exit(report.ok ? 0 : 1);
  } catch (error) {
    writeSync(2, `${String(error)}\n`);
    process.exit(1);
  }
}
