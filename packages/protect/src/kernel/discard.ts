/** Lets go of a result that nobody will read: an unread fetch response would hold its connection. */
export function discard(value: unknown): void {
  try {
    const body = (value as { body?: { cancel?: unknown; locked?: boolean } } | null | undefined)?.body;
    if (typeof body?.cancel === 'function' && body.locked !== true) {
      Promise.resolve((body.cancel as () => unknown).call(body)).catch(() => {});
    }
  } catch {
    // Some other thing with a `body`; nobody is left to hear of it.
  }
}
