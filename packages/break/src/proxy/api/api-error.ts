import { ProxyError } from '../errors.ts';
import { JsonTypeError } from './json-fields.ts';
import { JsonSyntaxError } from './json-syntax.ts';
import { jsonString } from './json-write.ts';

/** An answer of the HTTP API that tells of a failure, in Toxiproxy's words. */
export class ApiError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }

  /** The fields of the answer's body, without the braces. */
  get fields(): string {
    return `"error":${jsonString(this.message)},"status":${this.status}`;
  }
}

/** The failures that have one text each. */
export const apiErrors = {
  missing: (field: string) => new ApiError(`missing required field: ${field}`, 400),
  toxicType: () => new ApiError('invalid toxic type', 400),
  stream: () => new ApiError('stream was invalid, can be either upstream or downstream', 400),
  proxyNotFound: () => new ApiError('proxy not found', 404),
  toxicNotFound: () => new ApiError('toxic not found', 404),
  proxyExists: () => new ApiError('proxy already exists', 409),
  toxicExists: () => new ApiError('toxic already exists', 409),
} as const;

/** What the API answers when `error` was thrown on the way. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof JsonSyntaxError || error instanceof JsonTypeError) {
    return new ApiError(`bad request body: ${error.message}`, 400);
  }
  if (error instanceof ProxyError) return new ApiError(error.message, statuses[error.code] ?? 500);
  return new ApiError(error instanceof Error ? error.message : String(error), 500);
}

const statuses: Readonly<Record<string, number>> = {
  DNS_FAULT_INVALID: 400,
  PARTITION_INVALID: 400,
  TOXIC_ATTRIBUTE_INVALID: 400,
  TOXIC_EXISTS: 409,
  TOXIC_NOT_FOUND: 404,
  TOXIC_STREAM_INVALID: 400,
  TOXIC_TYPE_INVALID: 400,
};
