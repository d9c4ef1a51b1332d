/** Each decision is the store's: exact, at the price of a round trip that many calls share. */
import type { Call, Entry } from '../kernel/layer.ts';
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

  /** Whether `call` with `key` may pass. */
  decide(key: string, call: Pick<Call, 'now'>): Entry {
    if (!this.#asks.isUp && !this.#asks.isOpen(call.now())) return this.#face.withoutStore(key, call.now());
    const ask = new StrictAsk(key, this.#face);
    this.#asks.add(ask);
    return ask;
  }

  close(): void {}
}

class StrictAsk extends Turn implements LimitAsk {
  readonly key: string;
  readonly #face: LimitFace;

  constructor(key: string, face: LimitFace) {
    super();
    this.key = key;
    this.#face = face;
  }

  get permits(): number {
    return this.left ? 0 : 1;
  }

  granted(permits: number, retryAfterMs: number): void {
    if (!this.left) this.end(permits > 0 ? undefined : this.#face.refusal(retryAfterMs));
  }

  failed(): void {
    if (!this.left) this.end(this.#face.errorWithoutStore(this.key));
  }
}
