/** Runs a project of vitest and counts what passed and failed. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, execute } from './step.ts';

/** How many tests passed and failed. */
export interface Count {
  passed: number;
  failed: number;
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly unknown[];
  }[];
}

/** Runs the tests of a project before the reader's eyes and adds them to `count`. */
export async function runTests(project: string, count: Count): Promise<Ended & { note: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-tests-'));
  const file = join(folder, 'report.json');
  try {
    const { code } = await execute(
      'vitest',
      [
        'run',
        '--project',
        project,
        '--silent=passed-only',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${file}`,
      ],
      true,
    );
    const { passed, failed } = read(file);
    // An error outside any test fails the run all the same, and no count of tests shows it.
    const unseen = code !== 0 && failed === 0 ? 1 : 0;
    count.passed += passed;
    count.failed += failed + unseen;
    const note = `${passed} passed, ${failed + unseen} failed`;
    return { code: code || (failed + passed === 0 ? 1 : 0), output: '', note };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(file: string): Count {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return { passed: 0, failed: 0 };
  }
  // A file that could not even be loaded has no tests to count.
  const broken = report.testResults.filter(
    (result) => result.status === 'failed' && result.assertionResults.length === 0,
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
}
