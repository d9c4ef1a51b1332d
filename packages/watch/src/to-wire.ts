/**
 * A policy event as it travels: the same names, plain and bounded values.
 */
import type { PolicyEvent } from '@seaworthy/protect';
import { boundedError, boundedJson, boundedText } from './bounded.ts';
import type { WireEvent } from './wire.ts';

/** The details that hold whatever was thrown. */
const thrown: ReadonlySet<string> = new Set(['error', 'fallbackError', 'reason']);

/** The event in its wire form; `at` is not part of it, since it travels beside the event as Unix time. */
export function toWireEvent(event: PolicyEvent): WireEvent {
  const details: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(event)) {
    if (name === 'at' || value === undefined) continue;
    details[name] = thrown.has(name) ? boundedError(value) : boundedJson(value);
  }
  return { ...details, type: event.type, pipeline: boundedText(event.pipeline, 200) };
}
