/** A binary heap of events by time. */
export class EventHeap<Value> {
  readonly #events: { readonly at: number; readonly value: Value }[] = [];

  push(at: number, value: Value): void {
    const events = this.#events;
    const event = { at, value };
    let i = events.length;
    events.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (events[parent]!.at <= at) break;
      events[i] = events[parent]!;
      i = parent;
    }
    events[i] = event;
  }

  pop(): { readonly at: number; readonly value: Value } | undefined {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (first === undefined || events.length === 0) return first;
    let i = 0;
    for (let child = 1; child < events.length; child = 2 * i + 1) {
      if (child + 1 < events.length && events[child + 1]!.at < events[child]!.at) child++;
      if (events[child]!.at >= last!.at) break;
      events[i] = events[child]!;
      i = child;
    }
    events[i] = last!;
    return first;
  }
}
