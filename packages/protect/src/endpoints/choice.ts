/**
 * Which server of a group a call goes to.
 */
import type { Note } from '../kernel/attempt.ts';
import type { Random } from '../kernel/random.ts';
import type { LiveEndpoint } from './endpoint.ts';
import type { Group } from './group.ts';

/** How a server is chosen. */
export type Balance = 'least-latency' | 'random' | 'round-robin';

/** Chooses one of a group that the call has not tried; `undefined` when it has tried them all, or there is none. */
export type Choice = (group: Group, now: number, tried: Note | undefined) => LiveEndpoint | undefined;

/** Makes a way to choose; one that goes round keeps its place. */
export function choiceOf(balance: Balance, random: Random): Choice {
  if (balance === 'random') return (group, _now, tried) => drawUntried(group, random, tried);
  return balance === 'round-robin' ? roundRobin() : leastLatency(random);
}

/**
 * The better of two drawn by chance: nearly as good as the best of all, in constant time, and without the herd that
 * the one best server would get from callers who all see the same.
 *
 * Source: M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001; as in Finagle's P2C.
 */
function leastLatency(random: Random): Choice {
  return (group, now, tried) => {
    const { members } = group;
    if (members.length === 0) return undefined;
    const place = group.draw(random);
    const one = members[place]!;
    const other = members.length === 1 ? one : members[group.drawOther(place, random)]!;
    if (tried !== undefined) {
      if (wasTried(one, tried)) return wasTried(other, tried) ? drawUntried(group, random, tried) : other;
      if (wasTried(other, tried)) return one;
    }
    return other.load(now) < one.load(now) ? other : one;
  };
}

/**
 * One after the other; a server of weight w is passed in w rounds of as many as the greatest weight. Between two turns
 * of a heavy one the others come, as far as there are any.
 *
 * Source: interleaved weighted round robin, M. Katevenis et al., "Weighted Round-Robin Cell Multiplexing in a
 * General-Purpose ATM Switch Chip", 1991.
 */
function roundRobin(): Choice {
  let place = -1;
  let round = 0;
  /** The next in turn. The members are sorted by falling weight, so that each round is a stretch from their beginning. */
  const next = ({ members }: Group): LiveEndpoint => {
    place++;
    if (place >= members.length || members[place]!.weight <= round) {
      place = 0;
      round = round + 1 >= members[0]!.weight ? 0 : round + 1;
    }
    return members[place]!;
  };
  return (group, _now, tried) => {
    const { members } = group;
    if (members.length === 0) return undefined;
    if (round >= members[0]!.weight) round = 0;
    for (let turns = 0; turns <= triesMax; turns++) {
      const endpoint = next(group);
      if (!wasTried(endpoint, tried)) return endpoint;
    }
    return members.find((endpoint) => !wasTried(endpoint, tried));
  };
}

/** So often chance is asked before all are looked at; a call has seldom tried more than two. */
const triesMax = 8;

function drawUntried(group: Group, random: Random, tried: Note | undefined): LiveEndpoint | undefined {
  const { members } = group;
  if (members.length === 0) return undefined;
  for (let i = 0; i < triesMax; i++) {
    const endpoint = members[group.draw(random)]!;
    if (!wasTried(endpoint, tried)) return endpoint;
  }
  return members.find((endpoint) => !wasTried(endpoint, tried));
}

function wasTried(endpoint: LiveEndpoint, tried: Note | undefined): boolean {
  for (let note = tried; note !== undefined; note = note.previous) if (note.value === endpoint) return true;
  return false;
}
