import { KeyRequiredError } from '../kernel/errors.ts';
import { newIdempotencyKey } from '../idempotency/key.ts';
import { BodyNotRepeatableError } from './errors.ts';
import type { HttpSetup } from './http-options.ts';
import { isIdempotent } from './methods.ts';

/** A request, as far as it says whether it may be sent again. */
export interface Repeatable {
  /** In capitals. */
  readonly method: string;
  /** Method and address, for errors. */
  readonly name: string;
  /** The idempotency key that it has. */
  readonly key: string | undefined;
  /** Whether the caller wants it to be sent once, whatever it is. */
  readonly once: boolean;
  /** Whether its body can be read only once. */
  readonly streamed: boolean;
}

/**
 * Whether a request may be sent again, and under which key.
 *
 * @throws KeyRequiredError, BodyNotRepeatableError before anything is sent
 */
export function readRepetition(
  request: Repeatable,
  setup: Pick<HttpSetup<unknown, never>, 'unkeyed' | 'refusesStreams'>,
  pipeline: { readonly name: string; readonly repeats: boolean },
): { readonly key: string | undefined; readonly repeat: boolean } {
  let { key } = request;
  if (request.once) return { key, repeat: false };
  if (key === undefined && !isIdempotent(request.method)) {
    if (setup.unkeyed === 'refuse') throw new KeyRequiredError(pipeline.name);
    if (setup.unkeyed === 'once') return { key, repeat: false };
    key = newIdempotencyKey();
  }
  if (!request.streamed || !pipeline.repeats) return { key, repeat: true };
  if (setup.refusesStreams) throw new BodyNotRepeatableError(pipeline.name, request.name);
  return { key, repeat: false };
}

/** Whether a body can be read only once: a web stream, a Node stream, an async generator. */
export function isStream(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  return 'getReader' in body || 'pipe' in body || Symbol.asyncIterator in body;
}
