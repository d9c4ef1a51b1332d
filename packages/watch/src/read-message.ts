/**
 * Reads the lines of the wire strictly. What comes over a socket is input like any other: a line that is no message of
 * this version is no message at all, and unknown members do not get in.
 */
import { boundedError } from './bounded.ts';
import type { ServiceMessage, WatcherMessage, WireError, WireEvent } from './wire.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The message of a service in a line, or `undefined` when there is none. */
export function readServiceMessage(line: string): ServiceMessage | undefined {
  const fields = readObject(line);
  if (!fields) return undefined;
  switch (fields.kind) {
    case 'hello': {
      const { version, token, service, pid } = fields;
      if (!isCount(version) || !isText(token, 256) || !isServiceName(service) || !isCount(pid))
        return undefined;
      return { kind: 'hello', version, token, service, pid };
    }
    case 'event': {
      const { at, event } = fields;
      if (!isNumber(at) || !isEvent(event)) return undefined;
      return { kind: 'event', at, event };
    }
    case 'calls': {
      const { at, pipeline, succeeded, failed, cancelled, attempts } = fields;
      if (!isNumber(at) || !isText(pipeline, 200)) return undefined;
      if (!isCount(succeeded) || !isCount(failed) || !isCount(cancelled) || !isCount(attempts))
        return undefined;
      return { kind: 'calls', at, pipeline, succeeded, failed, cancelled, attempts };
    }
    case 'dropped': {
      const { at, count } = fields;
      return isNumber(at) && isCount(count) ? { kind: 'dropped', at, count } : undefined;
    }
    case 'fault.began':
    case 'fault.ended': {
      const { kind, at, id, measured } = fields;
      return isNumber(at) && isText(id, 200) && isMeasured(measured) ? { kind, at, id, measured } : undefined;
    }
    case 'fault.refused': {
      const { at, id, error } = fields;
      if (!isNumber(at) || !isText(id, 200) || !isObject(error)) return undefined;
      return { kind: 'fault.refused', at, id, error: readError(error) };
    }
    default:
      return undefined;
  }
}

/** The message of a watcher in a line, or `undefined` when there is none. */
export function readWatcherMessage(line: string): WatcherMessage | undefined {
  const fields = readObject(line);
  if (!fields) return undefined;
  const { kind, version, id, fault, options, leaseMs } = fields;
  switch (kind) {
    case 'welcome':
      return isCount(version) ? { kind, version } : undefined;
    case 'fault.begin':
      if (!isText(id, 200) || !isText(fault, 80) || !isObject(options)) return undefined;
      return isNumber(leaseMs) && leaseMs > 0 ? { kind, id, fault, options, leaseMs } : undefined;
    case 'fault.end':
      return isText(id, 200) ? { kind, id } : undefined;
    default:
      return undefined;
  }
}

/** Whether a text can be a service's name: up to 64 letters, digits, `.`, `_` and `-`. */
export function isServiceName(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value);
}

function readObject(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readError(fields: Fields): WireError {
  return boundedError(fields);
}

function isEvent(value: unknown): value is WireEvent {
  return (
    isObject(value) &&
    typeof value.type === 'string' &&
    /^[a-z-]{1,40}\.[a-z-]{1,40}$/.test(value.type) &&
    isText(value.pipeline, 200)
  );
}

function isMeasured(value: unknown): value is Readonly<Record<string, number>> {
  return isObject(value) && Object.keys(value).length <= 40 && Object.values(value).every(isNumber);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown, lengthMax: number): value is string {
  return typeof value === 'string' && value.length <= lengthMax;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
