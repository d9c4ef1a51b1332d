export { type AttemptContext, contextHeader, contextHeaders } from './context-headers.ts';
export { type DispatchedAnswer, protectDispatch, type ProtectDispatchOptions } from './dispatch.ts';
export { type Answer, BodyNotRepeatableError, HttpStatusError } from './errors.ts';
export {
  type KeyedInit,
  protectFetch,
  type ProtectedFetch,
  type ProtectedInit,
  type ProtectFetchOptions,
} from './fetch.ts';
export type { HttpOptions, Through, Unkeyed } from './http-options.ts';
export { type Incoming, type IncomingHeaders, type IncomingOptions, readIncoming } from './incoming.ts';
export type { IdempotentMethod } from './methods.ts';
export { type ProblemDetails, readProblem } from './problem.ts';
export type { Dispatch, DispatchHeaders } from './undici-types.ts';
