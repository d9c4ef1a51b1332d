import type { Random } from '@seaworthy/protect';
import type { Time } from '../time.ts';
import type { Stage, StageHost, StreamName } from '../toxic.ts';
import type { LiveToxic } from '../toxic-set.ts';
import type { EndKind } from './delay-line.ts';

/** What a chain asks of the link it stands in. */
export interface ChainHost {
  readonly stream: StreamName;
  readonly time: Time;
  /** The numbers of one toxic on this stream. */
  random(toxic: string): Random;
  /** Makes what stands in the stream for a toxic. */
  stage(toxic: LiveToxic, host: StageHost): Stage;
  /** Bytes came out of the last toxic. */
  write(chunk: Buffer): void;
  /** The end came out of the last toxic. */
  ended(kind: EndKind): void;
  /** Bytes moved on; the sender may have waited for that. */
  moved(): void;
  /** A toxic closed the stream; what the sender still says is for nobody. */
  closed(): void;
}

/** A toxic's place in the chain. */
interface Place {
  readonly toxic: LiveToxic;
  readonly random: Random;
  readonly host: StageHost;
  /** Made when the toxic first bites here. */
  stage: Stage | undefined;
  /** Whether the dice say that the toxic bites this link. */
  active: boolean;
  /** The stage has ended the stream; nothing comes out of it any more. */
  done: boolean;
  next: Place | undefined;
}

/** The toxics of one stream of one connection, in order. It may change at any moment; no byte is lost by that. */
export class Chain {
  readonly #host: ChainHost;
  #first: Place | undefined;

  constructor(host: ChainHost) {
    this.#host = host;
  }

  /** Whether there is no toxic at all, so that bytes need not be shown to it. */
  get empty(): boolean {
    return this.#first === undefined;
  }

  /** Whether a toxic threw bytes away. */
  get spoiled(): boolean {
    return this.#places().some((place) => place.stage?.spoiled);
  }

  /** The names of the toxics that bite now. */
  get biting(): readonly string[] {
    return this.#places()
      .filter((place) => place.active)
      .map((place) => place.toxic.name);
  }

  /** Takes bytes in. */
  push(chunk: Buffer): void {
    this.#deliver(this.#first, chunk);
  }

  /** Takes the end in, which comes once. */
  end(kind: EndKind): void {
    this.#end(this.#first, kind);
  }

  /** How many bytes the toxics hold, and how many they may hold before the sender is made to wait. */
  load(): { readonly held: number; readonly capacity: number } {
    let held = 0;
    let capacity = 0;
    for (let place = this.#first; place; place = place.next) {
      held += place.stage?.held ?? 0;
      if (place.active) capacity = Math.max(capacity, place.stage?.capacity ?? 0);
    }
    return { held, capacity };
  }

  /** Puts a toxic at the end. The dice of the one before it are thrown again, as Toxiproxy does. */
  add(toxic: LiveToxic): void {
    const last = this.#places().at(-1);
    const place = this.#place(toxic);
    if (last) last.next = place;
    else this.#first = place;
    this.#roll(place);
    if (last) this.#roll(last);
  }

  /** Takes over the toxic's new values. */
  update(toxic: LiveToxic): void {
    const place = this.#find(toxic);
    if (!place) return;
    this.#roll(place);
    if (place.active) place.stage?.update(toxic.attributes);
  }

  /** Takes a toxic out; what it holds moves on at once. Returns whether the stream lost bytes by it. */
  remove(toxic: LiveToxic): boolean {
    const place = this.#find(toxic);
    if (!place) return false;
    const before = this.#places().find((candidate) => candidate.next === place);
    const spoiled = place.stage?.spoiled === true;
    if (!spoiled) place.stage?.release();
    place.active = false;
    place.stage?.destroy();
    if (before) before.next = place.next;
    else this.#first = place.next;
    if (before) this.#roll(before);
    return spoiled;
  }

  /** The connection is gone: forgets what is held. */
  destroy(): void {
    for (const place of this.#places()) place.stage?.destroy();
    this.#first = undefined;
  }

  /** Hands bytes to the first toxic from `place` on that bites, or to the link. */
  #deliver(place: Place | undefined, chunk: Buffer): void {
    let at = place;
    while (at && !at.active) at = at.next;
    if (at?.stage) at.stage.push(chunk);
    else this.#host.write(chunk);
  }

  #end(place: Place | undefined, kind: EndKind): void {
    let at = place;
    while (at && !at.active) at = at.next;
    if (at?.stage) at.stage.end(kind);
    else this.#host.ended(kind);
  }

  #place(toxic: LiveToxic): Place {
    const { stream, time } = this.#host;
    const random = this.#host.random(toxic.name);
    const host: StageHost = {
      stream,
      clock: time.clock,
      timers: time.timers,
      random,
      emit: (chunk) => {
        if (place.done) return;
        this.#deliver(place.next, chunk);
        this.#host.moved();
      },
      end: (kind) => {
        if (place.done) return;
        place.done = true;
        this.#host.closed();
        this.#end(place.next, kind);
      },
    };
    const place: Place = {
      toxic,
      random,
      host,
      stage: undefined,
      active: false,
      done: false,
      next: undefined,
    };
    return place;
  }

  /** Throws the toxic's dice for this link. */
  #roll(place: Place): void {
    // An HTTP toxic throws its dice for each request.
    const active = place.toxic.kind.acts === 'on-http' || place.random() < place.toxic.toxicity;
    // A stream that lost bytes must not go on as if nothing were missing.
    if (active === place.active || place.stage?.spoiled) return;
    place.active = active;
    if (!active) place.stage?.release();
    else if (place.stage) place.stage.update(place.toxic.attributes);
    else place.stage = this.#host.stage(place.toxic, place.host);
  }

  #find(toxic: LiveToxic): Place | undefined {
    return this.#places().find((place) => place.toxic === toxic);
  }

  #places(): Place[] {
    const places: Place[] = [];
    for (let place = this.#first; place; place = place.next) places.push(place);
    return places;
  }
}
