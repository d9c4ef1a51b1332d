/** Whether `value` is something to wait for: a promise, or any object or function with a method `then`. */
export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (
    value instanceof Promise || typeof (value as Partial<PromiseLike<unknown>> | null)?.then === 'function'
  );
}
