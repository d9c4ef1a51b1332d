/** Every code that an error of the load can have. */
export type LoadErrorCode = 'LOAD_INVALID';

/** A load that cannot be sent as it is described; raised before the first request. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
  readonly code: LoadErrorCode = 'LOAD_INVALID';
}
