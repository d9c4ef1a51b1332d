import type { CallOptions } from '../../kernel/call-options.ts';
import { type Duration, parseDuration } from '../../kernel/duration.ts';
import { OptionsError } from '../../kernel/errors.ts';
import { fraction, knownKeys, oneOf } from '../../kernel/options.ts';

/** What every injected fault has. */
interface FaultBase {
  /** Names it in events and errors; a fault that begins under the same id takes its place. */
  readonly id: string;
  /** The share of calls that it hits, above 0 and up to 1. Default 1: every call. */
  readonly rate?: number;
  /**
   * Where it hits. `request` (default): before the work is begun, which then is not begun at all if the fault ends the
   * call. `reply`: after the work succeeded, as when its reply is lost.
   */
  readonly at?: 'request' | 'reply';
  /** Which calls it may hit. Default: all. */
  readonly when?: (call: CallOptions) => boolean;
}

/** A fault for calls within this process. */
export type InjectedFault =
  /** Calls take longer, by `delay` and up to `jitter` more by chance. */
  | (FaultBase & { readonly effect: 'latency'; readonly delay: Duration; readonly jitter?: Duration })
  /** Calls fail, with an InjectedError (with `error` as its message where it is text), or with what `error` makes. */
  | (FaultBase & { readonly effect: 'error'; readonly error?: string | (() => unknown) })
  /** Calls have this result; a function is called for each, with the true result where the fault is `at: 'reply'`. */
  | (FaultBase & { readonly effect: 'result'; readonly result: unknown })
  /** Calls run this first, and fail when it does. */
  | (FaultBase & { readonly effect: 'behaviour'; readonly behaviour: (call: CallOptions) => unknown });

/** A fault, checked, with every default filled in. */
export interface ActiveFault {
  readonly id: string;
  readonly effect: InjectedFault['effect'];
  readonly rate: number;
  readonly at: 'request' | 'reply';
  readonly when: ((call: CallOptions) => boolean) | undefined;
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly error: string | (() => unknown) | undefined;
  readonly result: unknown;
  readonly behaviour: ((call: CallOptions) => unknown) | undefined;
  /** Calls that came by, and those of them that it hit. */
  calls: number;
  injected: number;
  /** Calls that it makes wait now; each is let go on when the fault ends. */
  readonly waiting: Set<() => void>;
}

/** Whether the faults that hit a call leave no need for its work. */
export function endsCall(faults: readonly ActiveFault[]): boolean {
  return faults.some(endsIt);
}

/** Whether nothing is left to hit after this fault. */
export function endsIt({ effect }: ActiveFault): boolean {
  return effect === 'error' || effect === 'result';
}

const ownKeys = {
  latency: ['delay', 'jitter'],
  error: ['error'],
  result: ['result'],
  behaviour: ['behaviour'],
} as const;

/**
 * Checks a fault, also one that came as JSON from elsewhere.
 *
 * @throws OptionsError
 */
export function readFault(fault: InjectedFault): ActiveFault {
  const effect = oneOf('effect', fault.effect, ['latency', 'error', 'result', 'behaviour']);
  knownKeys('fault', fault, ['id', 'effect', 'rate', 'at', 'when', ...ownKeys[effect]]);
  const { id, when } = fault;
  if (typeof id !== 'string' || id === '') throw new OptionsError('id', id, 'a text that is not empty');
  if (when !== undefined && typeof when !== 'function') throw new OptionsError('when', when, 'a function');
  const { error, behaviour, result } = fault as { error?: unknown; behaviour?: unknown; result?: unknown };
  if (error !== undefined && typeof error !== 'string' && typeof error !== 'function') {
    throw new OptionsError('error', error, 'a message, or a function that makes the error');
  }
  if (effect === 'behaviour' && typeof behaviour !== 'function') {
    throw new OptionsError('behaviour', behaviour, 'a function');
  }
  if (effect === 'result' && !('result' in fault)) {
    throw new OptionsError('result', undefined, 'given with the effect `result`');
  }
  return {
    id,
    effect,
    rate: fraction('rate', fault.rate ?? 1),
    at: oneOf('at', fault.at ?? 'request', ['request', 'reply']),
    when,
    delayMs: fault.effect === 'latency' ? parseDuration('delay', fault.delay) : 0,
    jitterMs: fault.effect === 'latency' ? parseDuration('jitter', fault.jitter ?? 0) : 0,
    error: error as ActiveFault['error'],
    result,
    behaviour: behaviour as ActiveFault['behaviour'],
    calls: 0,
    injected: 0,
    waiting: new Set(),
  };
}
