/**
 * The whole suite in order, cheapest first: `npm test`, or `npm test -- types unit` for some of its steps.
 *
 * Every step runs, whatever an earlier one said, so that one run shows everything there is to mend. The last line is
 * `N passed, N failed`, the tests of both projects together.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endWithParent } from './suite/parent.ts';
import { checkImports } from './suite/imports.ts';
import { installPackages } from './suite/debian.ts';
import { endAll, type Ended, execute, step, type StepResult } from './suite/step.ts';
import { type Count, runTests } from './suite/tests.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const count: Count = { passed: 0, failed: 0 };
const steps: Readonly<Record<string, () => Promise<Ended & { readonly note?: string }>>> = {
  format: () => execute('biome', ['format', '.']),
  lint: () => execute('oxlint', ['--type-aware', '--deny-warnings']),
  types: () => execute('tsc', ['-p', 'tsconfig.json']),
  imports: () => checkImports(),
  'dead code': () => execute('knip', ['--no-progress']),
  unit: () => runTests('unit', count),
  packages: () => installPackages(),
  integration: () => runTests('integration', count),
};

process.chdir(root);
let interrupted = false;
const stop = (signal: NodeJS.Signals) => {
  interrupted = true;
  // A terminal tells the whole foreground group itself, and a second SIGINT makes vitest leave without cleaning up.
  if (signal !== 'SIGINT' || !process.stdin.isTTY) endAll(signal);
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
endWithParent(() => stop('SIGTERM'));

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !Object.hasOwn(steps, name));
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}.`);
  process.exit(2);
}

const results: StepResult[] = [];
for (const [name, work] of Object.entries(steps)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  results.push(await step(name, work));
  if (interrupted) process.exit(130);
}
const failed = results.filter((result) => !result.ok).map((result) => result.name);
if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}.`);
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
