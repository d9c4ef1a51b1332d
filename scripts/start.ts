/**
 * The Game Day of the example shop, from source: `npm start`, or `npm start -- --naive` for the same on the shop
 * without its protections. What else stands on the line goes to `seaworthy gameday`.
 */
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from '../apps/cli/src/cli.ts';
import { processSurroundings } from '../apps/cli/src/terminal.ts';
import { endWithParent } from './suite/parent.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const args = process.argv.slice(2);
const naive = args.includes('--naive');
const rest = args.filter((argument) => argument !== '--naive');

process.chdir(root);
endWithParent(() => process.kill(process.pid, 'SIGTERM'));
process.exitCode = await runCli(
  ['gameday', join('examples', 'shop', 'game-day.yaml'), '--mode', naive ? 'naive' : 'protected', ...rest],
  processSurroundings(),
);
