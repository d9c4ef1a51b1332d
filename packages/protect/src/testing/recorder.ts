import type { EventDetails, EventStream, EventType, PolicyEvent } from '../kernel/events.ts';

/** Keeps the events of a stream, for a test to read. */
export interface Recorder {
  readonly events: readonly PolicyEvent[];
  /** The events of one type, in order. */
  of<T extends EventType>(type: T): readonly (PolicyEvent & { type: T } & EventDetails[T])[];
  /** The types of all events, in order. */
  readonly types: readonly EventType[];
  clear(): void;
  stop(): void;
}

/** Records what the policies of a runtime say. */
export function recordEvents(stream: EventStream): Recorder {
  const events: PolicyEvent[] = [];
  const stop = stream.subscribe((event) => events.push(event));
  return {
    events,
    of: (type) => events.filter((event) => event.type === type) as never,
    get types() {
      return events.map(({ type }) => type);
    },
    clear: () => {
      events.length = 0;
    },
    stop,
  };
}
