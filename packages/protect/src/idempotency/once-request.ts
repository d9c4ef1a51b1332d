import { parseDuration, type Duration } from '../kernel/duration.ts';
import { OptionsError } from '../kernel/errors.ts';

/** A request that is to have its effect once. */
export interface OnceRequest {
  /** The caller's idempotency key, 1 to 255 characters. */
  readonly key: string;
  /** What the request asks for; see `fingerprint`. The same key with another one is refused. */
  readonly fingerprint: string;
  /** Whose key it is; keys of different tenants are different keys. Default: all callers are one tenant. */
  readonly tenant?: string | undefined;
}

/** What a request came to. */
export interface OnceOutcome<Reply> {
  readonly reply: Reply;
  /** Whether it is the recorded reply of an earlier request. */
  readonly replayed: boolean;
}

/** What both kinds of once-only handlers are told. */
export interface OnceRules<Reply> {
  /** What the keys are for, such as `charges`; keys of different scopes are different keys. */
  readonly scope: string;
  /** How long an outcome is remembered; tell callers, since a later repetition is a new request. Default 24 h. */
  readonly keep?: Duration;
  /**
   * What a repetition of failed work gets: `'redrive'` (default) drives the work again to completion; `'replay'` plays
   * the failure back.
   */
  readonly failures?: 'redrive' | 'replay';
  /** Whether a reply tells of a failure, such as one with status 503. Default: none does; only errors are failures. */
  readonly isFailure?: (reply: Reply) => boolean;
}

/** @throws OptionsError */
export function readRules<Reply>(rules: OnceRules<Reply>) {
  const { scope, failures = 'redrive', isFailure = () => false } = rules;
  if (typeof scope !== 'string' || scope === '' || scope.length > 64) {
    throw new OptionsError('scope', scope, 'a text of 1 to 64 characters');
  }
  if (failures !== 'redrive' && failures !== 'replay') {
    throw new OptionsError('failures', failures, "'redrive' or 'replay'");
  }
  return { scope, failures, isFailure, keepMs: parseDuration('keep', rules.keep ?? '24h', 1) };
}

/** @throws OptionsError */
export function checkRequest({ key, fingerprint, tenant }: OnceRequest): void {
  if (typeof key !== 'string' || key === '' || key.length > 255) {
    throw new OptionsError('key', key, 'a text of 1 to 255 characters');
  }
  if (typeof fingerprint !== 'string' || fingerprint === '' || fingerprint.length > 256) {
    throw new OptionsError('fingerprint', fingerprint, 'a text of 1 to 256 characters');
  }
  if (tenant !== undefined && (typeof tenant !== 'string' || tenant.length > 128)) {
    throw new OptionsError('tenant', tenant, 'a text of up to 128 characters');
  }
}
