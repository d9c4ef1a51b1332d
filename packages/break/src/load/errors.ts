/** A load that cannot be sent as it is described; raised before the first request. Code `LOAD_INVALID`. */
export class LoadError extends Error {
  readonly code = 'LOAD_INVALID';
  override readonly name = 'LoadError';
}
