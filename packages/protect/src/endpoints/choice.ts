/**
 * Which server of a group a call goes to.
 */
import type { Note } from './tried.ts';
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
 * One after the other. Servers of different weight come as evenly as their weights allow: they are drawn by weight, with
 * multiples of the golden ratio in the place of chance, which spread more evenly than any other numbers do.
 *
 * Source: the three-distance theorem, V. T. Sós, 1958; D. E. Knuth, The Art of Computer Programming, 6.4.
 */
function roundRobin(): Choice {
  const golden = (Math.sqrt(5) - 1) / 2;
  let place = -1;
  let part = 0;
  const nextPart = () => {
    part = (part + golden) % 1;
    return part;
  };
  const next = (group: Group): LiveEndpoint => {
    const { members } = group;
    if (!group.even) return members[group.draw(nextPart)]!;
    place = place + 1 < members.length ? place + 1 : 0;
    return members[place]!;
  };
  return (group, _now, tried) => firstUntried(group, next, tried);
}

/** So often one is drawn before all are looked at; a call has seldom tried more than two. */
const triesMax = 8;

function drawUntried(group: Group, random: Random, tried: Note | undefined): LiveEndpoint | undefined {
  return firstUntried(group, ({ members }) => members[group.draw(random)]!, tried);
}

function firstUntried(
  group: Group,
  next: (group: Group) => LiveEndpoint,
  tried: Note | undefined,
): LiveEndpoint | undefined {
  if (group.members.length === 0) return undefined;
  for (let i = 0; i < triesMax; i++) {
    const endpoint = next(group);
    if (!wasTried(endpoint, tried)) return endpoint;
  }
  return group.members.find((endpoint) => !wasTried(endpoint, tried));
}

/** So many notes are looked at, the newest ones; an attempt that makes a thousand calls at once has as many. */
const notesMax = 32;

function wasTried(endpoint: LiveEndpoint, tried: Note | undefined): boolean {
  let note = tried;
  for (let i = 0; i < notesMax && note !== undefined; i++) {
    if (note.value === endpoint) return true;
    note = note.previous;
  }
  return false;
}
