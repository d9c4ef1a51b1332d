import type { Route } from './route.ts';

/** Says how a call ended. */
export function emitCallEnded(
  call: { readonly route: Route; readonly attempts: number },
  how: 'succeeded' | 'failed' | 'cancelled',
  result: unknown,
  startedAt: number | undefined,
): void {
  const { name, runtime } = call.route;
  const at = runtime.clock.now();
  // Whoever began to listen in the midst of the call cannot know how long it took.
  const base = { at, pipeline: name, durationMs: at - (startedAt ?? at), attempts: call.attempts };
  if (how === 'succeeded') runtime.events.emit({ type: 'call.succeeded', ...base });
  else if (how === 'failed') runtime.events.emit({ type: 'call.failed', ...base, error: result });
  else runtime.events.emit({ type: 'call.cancelled', ...base, reason: result });
}

/** Says that abandoned work came to its end after all. */
export function emitAbandonedEnded({ name, runtime }: Route, failure: { error: unknown } | undefined): void {
  const { events, clock } = runtime;
  if (events.active)
    events.emit({ type: 'call.abandoned-work-ended', at: clock.now(), pipeline: name, ...failure });
}
