import type { Emit, PolicyEvent } from '../kernel/events.ts';
import type { Runtime } from '../kernel/runtime.ts';

/** Says what happened to the outbox, client or guard of a name. */
export function emitAs({ events, clock }: Runtime, name: string): Emit {
  return (type, details, at = clock.now()) => {
    if (events.active) events.emit({ type, at, pipeline: name, ...details } as PolicyEvent);
  };
}
