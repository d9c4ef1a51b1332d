const slotMs = 100;
const slots = 10;

/** Counts what happened in the last second, in fixed memory. */
export class RecentCount {
  readonly #counts = new Float64Array(slots);
  #newestSlot = 0;

  /** Counts one, at `nowMs`. */
  add(nowMs: number): void {
    this.#moveTo(nowMs);
    const index = this.#newestSlot % slots;
    this.#counts[index] = (this.#counts[index] as number) + 1;
  }

  /** How many were counted in the second before `nowMs`, to a tenth of a second. */
  perSecond(nowMs: number): number {
    this.#moveTo(nowMs);
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  #moveTo(nowMs: number): void {
    const slot = Math.floor(nowMs / slotMs);
    if (slot - this.#newestSlot >= slots) this.#counts.fill(0);
    else for (let past = this.#newestSlot + 1; past <= slot; past++) this.#counts[past % slots] = 0;
    this.#newestSlot = Math.max(slot, this.#newestSlot);
  }
}
