import type { Endpoint } from './endpoint.ts';

/** A server that a call has tried, and those that it tried before. */
export interface Note {
  readonly value: Endpoint;
  previous: Note | undefined;
}

/**
 * What each call has tried, the newest first: a later attempt of it then goes elsewhere. A call is known by what its
 * attempts have in common, and forgotten with it.
 */
export class Tried {
  readonly #notes = new WeakMap<object, Note | undefined>();

  of(call: object): Note | undefined {
    return this.#notes.get(call);
  }

  add(call: object, value: Endpoint): Note {
    const note = { value, previous: this.#notes.get(call) };
    this.#notes.set(call, note);
    return note;
  }

  /** Takes a note back; at once when it is the newest. */
  remove(call: object, note: Note): void {
    let later = this.#notes.get(call);
    if (later === note) {
      this.#notes.set(call, note.previous);
      return;
    }
    while (later !== undefined && later.previous !== note) later = later.previous;
    if (later !== undefined) later.previous = note.previous;
  }
}
