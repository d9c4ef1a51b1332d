/** Each decision is the store's: exact, at the price of a round trip that many calls share. */
import type { Entry } from '../kernel/layer.ts';
import type { LimitAsk, LimitAsks } from './limit-asks.ts';
import type { LimitFace } from './limit-face.ts';
import { Turn } from './turn.ts';

export class StrictLimit {
  readonly #asks: LimitAsks;
  readonly #face: LimitFace;

  constructor(asks: LimitAsks, face: LimitFace) {
    this.#asks = asks;
    this.#face = face;
  }

  /** Whether a call with `key` may pass at time `now`. */
  decide(key: string, now: number): Entry {
    if (!this.#asks.isOpen(now)) return this.#face.withoutStore(key, now);
    const ask = new StrictAsk(key, this.#face);
    this.#asks.add(ask);
    return ask.turn.admission;
  }

  close(): void {}
}

class StrictAsk implements LimitAsk {
  readonly key: string;
  readonly turn = new Turn();
  readonly #face: LimitFace;

  constructor(key: string, face: LimitFace) {
    this.key = key;
    this.#face = face;
  }

  get permits(): number {
    return this.turn.left ? 0 : 1;
  }

  granted(permits: number, retryAfterMs: number): void {
    if (!this.turn.left) this.turn.end(permits > 0 ? undefined : this.#face.refusal(retryAfterMs));
  }

  failed(): void {
    if (!this.turn.left) this.turn.end(this.#face.errorWithoutStore(this.key));
  }
}
