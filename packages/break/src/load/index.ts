export { LoadError } from './errors.ts';
export type { LoadErrorCode } from './errors.ts';
export type { HttpClient, Outcome } from './http-client.ts';
export { type LoadOptions, type RunningLoad, startLoad } from './load.ts';
export type { HttpRequest } from './prepare-request.ts';
export type { LoadTotals } from './tally.ts';
export { type LoadThreadOptions, startLoadThread } from './start-load-thread.ts';
