/**
 * Asks a thing whether it answers, and says what came of it: the control measurement of most faults.
 */

/** What came of asking. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly durationMs: number }
  /** Nobody listens there. */
  | { readonly kind: 'refused' }
  /** The connection was cut. */
  | { readonly kind: 'cut'; readonly code: string }
  /** Nothing came in time. */
  | { readonly kind: 'silent'; readonly afterMs: number };

/** What can be asked: a service, or a link. */
export interface Askable {
  check(
    timeoutMs: number,
    paddingBytes?: number,
  ): Promise<{ readonly status: number; readonly durationMs: number }>;
}

/** How long an answer is waited for before a fault. */
export const answerWithinMs = 2_000;

/**
 * Asks once. Never rejects: no answer is an answer too.
 *
 * @param paddingBytes - makes the question so much longer
 */
export async function ask(askable: Askable, timeoutMs: number, paddingBytes = 0): Promise<Answer> {
  try {
    return { kind: 'answered', ...(await askable.check(timeoutMs, paddingBytes)) };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ECONNREFUSED') return { kind: 'refused' };
    if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') return { kind: 'cut', code };
    return { kind: 'silent', afterMs: timeoutMs };
  }
}

/** The answer as people read it. */
export function showAnswer(answer: Answer): string {
  if (answer.kind === 'answered') return `answers ${answer.status} in ${showMs(answer.durationMs)}`;
  if (answer.kind === 'refused') return 'refuses connections';
  if (answer.kind === 'cut') return `cuts the connection (${answer.code})`;
  return `no answer in ${showMs(answer.afterMs)}`;
}

/** How long to wait for an answer that should not come: well above what it took before. */
export function silenceMs(before: readonly Answer[]): number {
  const slowest = Math.max(
    0,
    ...before.map((answer) => (answer.kind === 'answered' ? answer.durationMs : 0)),
  );
  return Math.min(answerWithinMs, Math.max(500, 4 * slowest));
}

/** Milliseconds as people read them. */
export function showMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** The system's error code, wherever the client hides it: `fetch` puts it into the cause, several attempts into a list. */
function codeOf(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; typeof at === 'object' && at !== null && depth < 4; depth += 1) {
    const { code, cause, errors } = at as { code?: unknown; cause?: unknown; errors?: readonly unknown[] };
    if (typeof code === 'string' && code !== 'ERR_UNHANDLED_ERROR') return code;
    at = cause ?? errors?.[0];
  }
  return undefined;
}
