/**
 * How a person or a machine ends a command that runs on: Ctrl-C, SIGTERM, a closed terminal.
 *
 * The first one asks to end; those after it change nothing, since a terminal, npm and a parent may each pass on the same
 * Ctrl-C. Who cannot wait sends SIGKILL, and the watchdog does the rest.
 */

import { createNativeTimers } from '@seaworthy/protect';

/** How long the echoes of a Ctrl-C are waited for, in milliseconds. */
const echoMs = 300;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What was asked, and how to stop listening. */
export interface Interrupt extends Disposable {
  /** Aborted when the end was asked for; `reason` is an {@link InterruptedError}. */
  readonly signal: AbortSignal;
}

/** The reason of an abort that a person or a machine asked for. */
class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/**
 * Listens for the end.
 *
 * @param onAsked - told each time
 * @param onSuspend - told when Ctrl-Z was pressed, which is not obeyed: faults must not stay on in a sleeping program
 */
export function listenForInterrupt(
  onAsked: () => void = () => {},
  onSuspend: () => void = () => {},
): Interrupt {
  const controller = new AbortController();
  const ask = (): void => {
    onAsked();
    controller.abort(new InterruptedError('Interrupted.'));
  };
  for (const signal of signals) process.on(signal, ask);
  process.on('SIGTSTP', onSuspend);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      if (controller.signal.aborted) outlastEchoes();
      for (const signal of signals) process.off(signal, ask);
      process.off('SIGTSTP', onSuspend);
    },
  };
}

/**
 * Keeps the process a moment longer, deaf to what it was asked already: while Node takes itself down it no longer
 * listens to signals, and an echo that came then would end it with another exit code.
 */
function outlastEchoes(): void {
  for (const signal of signals) process.on(signal, () => {});
  createNativeTimers().set(() => {}, echoMs);
}
