import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Probe } from '../experiment/model.ts';
import { fillIn } from '../variables.ts';
import { compares } from './compare.ts';
import type { AskOptions, Finding, ProbeHost } from './probe.ts';
import { showMs } from './show.ts';
import type { SqlAnswer, SqlQuestion } from './sql-child.ts';

/** How long a query may take, the wait for a lock of the service included. */
const timeoutMs = 5_000;

/** An answer is one line; a longer one is none. */
const answerCharactersMax = 10_000;

/**
 * Asks a SQLite file for one number, read-only. The query runs in a process of its own, so that a slow one delays
 * neither the load nor the clock of the run, and can be ended.
 */
export async function askSql(
  probe: Extract<Probe, { kind: 'sql' }>,
  host: ProbeHost,
  { signal }: AskOptions,
): Promise<Finding> {
  const of = `of the probe \`${probe.name}\``;
  const question: SqlQuestion = {
    database: fillIn(`the database ${of}`, probe.database, host.variables),
    query: fillIn(`the query ${of}`, probe.query, host.variables),
    lockTimeoutMs: 1_000,
    lifeMsMax: timeoutMs + 1_000,
  };
  const answer = await inProcess(question, host, signal);
  if ('failure' in answer) return { held: false, seen: answer.failure };
  return { held: compares(answer.value, probe.compare), seen: String(answer.value) };
}

function inProcess(
  question: SqlQuestion,
  { timers }: ProbeHost,
  signal: AbortSignal | undefined,
): Promise<SqlAnswer> {
  // From source this file is TypeScript, built it is JavaScript; the process's file lies beside it either way.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const file = fileURLToPath(new URL(`./sql-child.${extension}`, import.meta.url));
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', file, JSON.stringify(question)],
    { stdio: ['ignore', 'pipe', 'ignore'], env: {} },
  );
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    if (text.length < answerCharactersMax) text += part;
  });

  return new Promise((resolve) => {
    let failure: string | undefined;
    const giveUp = (why: string): void => {
      failure ??= why;
      child.kill('SIGKILL');
    };
    const abort = (): void => giveUp('not finished: the run was stopped');
    const timer = timers.set(() => giveUp(`no result within ${showMs(timeoutMs)}`), timeoutMs);
    signal?.addEventListener('abort', abort);
    if (signal?.aborted === true) abort();
    const end = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      resolve(failure === undefined ? readAnswer(text) : { failure });
    };
    child.on('error', (error) => {
      failure ??= error.message;
      end();
    });
    child.on('close', end);
  });
}

function readAnswer(text: string): SqlAnswer {
  try {
    return JSON.parse(text) as SqlAnswer;
  } catch {
    return { failure: 'the query ended without a result' };
  }
}
