/** Every code that an error of the proxy can have. */
export type ProxyErrorCode =
  | 'DNS_FAULT_INVALID'
  | 'PARTITION_INVALID'
  | 'PROXY_ADDRESS_INVALID'
  | 'PROXY_ADDRESS_IN_USE'
  | 'PROXY_ADDRESS_UNAVAILABLE'
  | 'PROXY_CLOSED'
  | 'PROXY_CONFIG_INVALID'
  | 'TOXIC_ATTRIBUTE_INVALID'
  | 'TOXIC_EXISTS'
  | 'TOXIC_NOT_FOUND'
  | 'TOXIC_STREAM_INVALID'
  | 'TOXIC_TYPE_INVALID';

/**
 * What the proxy refuses, with a stable `code` and a message that names the thing, its value and the mend.
 *
 * @example
 * try {
 *   await link.addToxic({ type: 'latency' });
 * } catch (error) {
 *   if (!(error instanceof ProxyError && error.code === 'TOXIC_EXISTS')) throw error;
 * }
 */
export class ProxyError extends Error {
  readonly code: ProxyErrorCode;

  constructor(code: ProxyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProxyError';
    this.code = code;
  }
}
