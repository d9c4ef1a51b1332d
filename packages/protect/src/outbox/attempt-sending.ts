/** One attempt at sending, which ends when the sending does, or when it is given up; whichever is first. */
import { DeadlineExceededError } from '../kernel/errors.ts';
import type { Runtime } from '../kernel/runtime.ts';

/** What an attempt came to. */
export type AttemptEnd =
  | { readonly is: 'sent' }
  | { readonly is: 'failed' | 'expired' | 'stopped'; readonly error: unknown };

/** What an attempt needs. */
export interface AttemptParts {
  readonly runtime: Runtime;
  /** The outbox's name, for the error of a passed deadline. */
  readonly outbox: string;
  /** Its number, from 1. */
  readonly attempt: number;
  /** Milliseconds until the intent's time is over; `Infinity` without a limit. */
  readonly leftMs: number;
  /** Each ends the attempt when it is aborted. */
  readonly stops: readonly AbortSignal[];
}

/** Runs `send`; never rejects. What was given up and goes on all the same is not waited for. */
export function attemptSending(
  { runtime, outbox, attempt, leftMs, stops }: AttemptParts,
  send: (signal: AbortSignal) => unknown,
): Promise<AttemptEnd> {
  const controller = new AbortController();
  return new Promise((resolve) => {
    const end = (outcome: AttemptEnd) => {
      for (const unlink of unlinks) unlink();
      timer?.cancel();
      resolve(outcome);
    };
    const giveUp = (is: 'expired' | 'stopped', error: unknown) => {
      end({ is, error });
      controller.abort(error);
    };
    const unlinks = stops.map((signal) =>
      runtime.signals.link(signal, (reason) => giveUp('stopped', reason)),
    );
    const expire = () => giveUp('expired', new DeadlineExceededError(outbox, false));
    const timer = leftMs === Infinity ? undefined : runtime.timers.set(expire, leftMs);
    const deadline = runtime.clock.now() + leftMs;
    runtime.ambient
      .run({ deadline, attempt }, async () => send(controller.signal))
      .then(
        () => end({ is: 'sent' }),
        (error: unknown) => end({ is: 'failed', error }),
      );
  });
}
