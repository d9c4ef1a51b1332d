import type { Route } from './route.ts';

/** Says how a call ended. */
export function emitCallEnded(
  call: { readonly route: Route; readonly attempts: number },
  how: 'succeeded' | 'failed' | 'cancelled',
  result: unknown,
  startedAt: number | undefined,
): void {
  const { emit, runtime } = call.route;
  const at = runtime.clock.now();
  // Whoever began to listen in the midst of the call cannot know how long it took.
  const base = { durationMs: at - (startedAt ?? at), attempts: call.attempts };
  if (how === 'succeeded') emit('call.succeeded', base, at);
  else if (how === 'failed') emit('call.failed', { ...base, error: result }, at);
  else emit('call.cancelled', { ...base, reason: result }, at);
}
