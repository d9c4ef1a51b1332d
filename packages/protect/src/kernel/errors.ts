/** Marks our errors across installed copies of the package, where `instanceof` fails. */
const brand: unique symbol = Symbol.for('seaworthy.error') as never;

/** Every code that an error of this package can have; docs/reference/errors.md tells each one's mend. */
export type ErrorCode =
  | 'OPTIONS_INVALID'
  | 'TIMEOUT'
  | 'DEADLINE_EXCEEDED'
  | 'CIRCUIT_OPEN'
  | 'BULKHEAD_FULL'
  | 'RATE_LIMITED'
  | 'LOAD_SHED'
  | 'THROTTLED'
  | 'LIMIT_EXCEEDED'
  | 'FALLBACK_FAILED'
  | 'KEY_REQUIRED'
  | 'INJECTED'
  | 'PIPELINE_CLOSED'
  | 'SERVER_NOT_FOUND'
  | 'STORE_UNAVAILABLE'
  | 'LEASE_LOST'
  | 'IDEMPOTENCY_KEY_INVALID'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'IDEMPOTENCY_IN_FLIGHT'
  | 'IDEMPOTENCY_LEASE_LOST'
  | 'IDEMPOTENCY_FAILURE_REPLAYED'
  | 'HTTP_STATUS'
  | 'BODY_NOT_REPEATABLE'
  | 'OUTBOX_FULL'
  | 'OUTBOX_KEY_TAKEN'
  | 'OUTBOX_CLOSED'
  | 'CLIENT_LEASE_LOST'
  | 'CLIENT_HEADERS_INVALID'
  | 'STALE_EPOCH';

/** What an error of ours says beside its message. */
export interface ErrorFields {
  /** The policy that raised it, such as `circuit-breaker`. */
  readonly policy?: string | undefined;
  /** The pipeline's name. */
  readonly pipeline?: string | undefined;
  /** In how many milliseconds another try may succeed, where that is known. */
  readonly retryAfterMs?: number | undefined;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * The base of every error that this toolkit raises. A user's own error is never wrapped or changed.
 *
 * @example
 * if (SeaworthyError.is(error) && error.code === 'CIRCUIT_OPEN') return cachedAnswer;
 */
export class SeaworthyError extends Error {
  readonly code: ErrorCode;
  readonly policy: string | undefined;
  readonly pipeline: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, fields: ErrorFields = {}) {
    // What a policy answers is no bug, and must stay cheap under overload: recording its stack would cost most of it.
    const { stackTraceLimit } = Error;
    const quiet = fields.policy !== undefined;
    if (quiet) limitStacks(0);
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    if (quiet) limitStacks(stackTraceLimit);
    this.code = code;
    this.policy = fields.policy;
    this.pipeline = fields.pipeline;
    this.retryAfterMs = fields.retryAfterMs;
  }

  /** Whether `value` is an error of this toolkit, also one from another installed copy. */
  static is(value: unknown): value is SeaworthyError {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

Object.defineProperty(SeaworthyError.prototype, brand, { value: true });
Object.defineProperty(SeaworthyError.prototype, 'name', { value: 'SeaworthyError', writable: true });

/** An option that cannot be right; thrown where the policy is described, before anything runs. Code `OPTIONS_INVALID`. */
export class OptionsError extends SeaworthyError {
  constructor(option: string, value: unknown, expected: string) {
    super('OPTIONS_INVALID', `Expected \`${option}\` to be ${expected}, got ${show(value)}.`);
  }
}

/** The time of a deadline is over. Code `DEADLINE_EXCEEDED`. */
export class DeadlineExceededError extends SeaworthyError {
  /** Whether the time was up that a call further out had, and not that of the pipeline itself. */
  readonly enclosing: boolean;

  constructor(pipeline: string, enclosing: boolean) {
    super('DEADLINE_EXCEEDED', `The deadline of "${pipeline}" has passed. Allow the call more time.`, {
      pipeline,
      policy: 'deadline',
    });
    this.enclosing = enclosing;
  }
}

/** A call through a pipeline that repeats work had neither a key nor idempotent work. Code `KEY_REQUIRED`. */
export class KeyRequiredError extends SeaworthyError {
  constructor(pipeline: string) {
    super(
      'KEY_REQUIRED',
      `The pipeline "${pipeline}" may repeat its work. Give \`run\` a \`key\`, or make it \`idempotent\`.`,
      { pipeline },
    );
  }
}

/** The pipeline takes no more calls. Code `PIPELINE_CLOSED`. */
export class PipelineClosedError extends SeaworthyError {
  constructor(pipeline: string) {
    super('PIPELINE_CLOSED', `The pipeline "${pipeline}" is closed. Make a new one.`, {
      pipeline,
    });
  }
}

/** Where the built-in objects are frozen this changes nothing, and must not throw. */
function limitStacks(most: number): void {
  Reflect.set(Error, 'stackTraceLimit', most);
}

/** The text of a value, short enough for a message. */
function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    text = undefined;
  }
  text ??= String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
