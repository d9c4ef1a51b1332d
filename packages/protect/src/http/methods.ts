/** The methods that ask for the same effect however often they are sent (RFC 9110, section 9.2.2). */
export type IdempotentMethod = 'GET' | 'HEAD' | 'OPTIONS' | 'TRACE' | 'PUT' | 'DELETE';

const idempotent: ReadonlySet<string> = new Set<IdempotentMethod>([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PUT',
  'DELETE',
]);

/** Whether a request of this method may be sent again; of one that is not known, such as `REPORT`, nobody can say. */
export function isIdempotent(method: string): boolean {
  return idempotent.has(method);
}
