/** One step of the suite: a program that runs to its end, with a calm line that says how it went. */
import { type ChildProcess, spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { styleText } from 'node:util';

/** What a step came to. */
export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  /** What stands beside the name, such as a count. */
  readonly note: string;
}

/** What a program said and how it ended. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

const running = new Set<ChildProcess>();

/**
 * Runs a program of node_modules/.bin, or any other on the PATH.
 *
 * @param show - hands its output on while it runs; otherwise it is only kept
 */
export function execute(
  command: string,
  args: readonly string[],
  show = false,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'], env });
    running.add(child);
    const chunks: Buffer[] = [];
    const keep = (chunk: Buffer) => void chunks.push(chunk);
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', (error) => {
      running.delete(child);
      resolve({ code: 127, output: `Could not run ${command}: ${error.message}` });
    });
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

/** Ends what runs. */
export function endAll(signal: NodeJS.Signals): void {
  for (const child of running) child.kill(signal);
}

/** Does a step and prints its line; what it said is shown only when it failed. */
export async function step(
  name: string,
  work: () => Promise<Ended & { readonly note?: string }>,
): Promise<StepResult> {
  const began = performance.now();
  const { code, output, note = '' } = await work();
  const result = { name, ok: code === 0, seconds: (performance.now() - began) / 1000, note };
  if (!result.ok && output.trim() !== '') console.log(output.trimEnd());
  console.log(lineOf(result));
  return result;
}

function lineOf({ name, ok, seconds, note }: StepResult): string {
  const mark = ok ? styleText('green', '✓') : styleText('red', '✗');
  const time = styleText('dim', `${seconds.toFixed(1)} s`.padStart(8));
  return `${mark} ${name.padEnd(14)}${time}${note && `  ${note}`}${ok ? '' : '  failed'}`;
}
