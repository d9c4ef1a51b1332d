/** Whether `value` is something to wait for: a promise, or any object or function with a method `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise || typeof (value as Partial<PromiseLike<unknown>> | null)?.then === 'function'
  );
}
