/**
 * Servers among which one is drawn by weight, in constant time whatever their number.
 */
import type { Random } from '../kernel/random.ts';
import type { LiveEndpoint } from './endpoint.ts';

export class Group {
  readonly members: readonly LiveEndpoint[];
  /** Whether all have the same weight. */
  readonly even: boolean;
  readonly #aliases: Aliases | undefined;

  constructor(members: readonly LiveEndpoint[]) {
    const first = members[0]?.weight;
    this.members = members;
    this.even = members.every(({ weight }) => weight === first);
    this.#aliases = this.even ? undefined : aliasesOf(members.map(({ weight }) => weight));
  }

  /** The place of one of the members, by weight. */
  draw(random: Random): number {
    const at = random() * this.members.length;
    const column = Math.floor(at);
    if (this.#aliases === undefined) return column;
    return at - column < this.#aliases.keep[column]! ? column : this.#aliases.alias[column]!;
  }

  /** The place of one of the members other than the one at `place`, by weight; of which there must be some. */
  drawOther(place: number, random: Random): number {
    if (this.#aliases === undefined) {
      const other = Math.floor(random() * (this.members.length - 1));
      return other < place ? other : other + 1;
    }
    // One heavy member may be drawn again and again; then the next one in line does.
    for (let i = 0; i < 4; i++) {
      const other = this.draw(random);
      if (other !== place) return other;
    }
    return (place + 1) % this.members.length;
  }
}

/** Column i is its own with probability `keep[i]`, and else that of `alias[i]`. */
interface Aliases {
  readonly keep: Float64Array;
  readonly alias: Uint32Array;
}

/** Columns that are left over keep all of their part: they are their own alias. Source: M. D. Vose, "A linear algorithm for generating random numbers with a given distribution", 1991. */
function aliasesOf(weights: readonly number[]): Aliases {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  const keep = Float64Array.from(weights, (weight) => weight / mean);
  const alias = Uint32Array.from(weights, (_weight, place) => place);
  const small: number[] = [];
  const large: number[] = [];
  keep.forEach((share, place) => (share < 1 ? small : large).push(place));
  while (small.length > 0 && large.length > 0) {
    const less = small.pop()!;
    const more = large.at(-1)!;
    alias[less] = more;
    keep[more] = keep[more]! - (1 - keep[less]!);
    if (keep[more] < 1) small.push(large.pop()!);
  }
  return { keep, alias };
}
