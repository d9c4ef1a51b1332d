/**
 * Which share of the calls goes to which tier, and to whom in it.
 *
 * The first tier gets all calls while enough of it is available; then the next one takes over what is missing. A tier
 * counts as whole down to 1 / 1.4 = 71 % of its servers, since the rest can carry that much more. When all tiers
 * together are not whole, a tier of which less than the panic threshold is available uses all its servers: so many at
 * once are more likely judged wrongly than gone, and the few others would break under the load.
 *
 * Within a priority the servers of the preferred zone are a tier of their own, before those of other zones.
 *
 * Source: Envoy's priority levels, overprovisioning factor and panic threshold,
 * https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/priority
 */
import type { Random } from '../kernel/random.ts';
import type { LiveEndpoint } from './endpoint.ts';
import { Group } from './group.ts';

/** By how much more than its part a server can carry. */
const overprovisioning = 1.4;

/** Servers that are used alike. */
export interface Tier {
  /** Those that calls go to. */
  readonly group: Group;
  /** Its part of the calls, from 0 to 1. */
  readonly share: number;
}

/** The tiers in the order of their use. */
export class Tiers {
  readonly tiers: readonly Tier[];
  /** Whether servers are used that are not available. */
  readonly panics: boolean;
  /** How many are available in all. */
  readonly available: number;

  constructor(endpoints: Iterable<LiveEndpoint>, zone: string | undefined, panicBelow: number) {
    const members = [...Map.groupBy(endpoints, (endpoint) => rankOf(endpoint, zone))]
      .toSorted(([one], [other]) => one - other)
      .map(([, all]) => ({ all, available: all.filter(({ available }) => available) }));
    const healths = members.map(({ all, available }) =>
      Math.min(1, (available.length / all.length) * overprovisioning),
    );
    const health = Math.min(
      1,
      healths.reduce((sum, one) => sum + one, 0),
    );
    const known = members.reduce((sum, { all }) => sum + all.length, 0);
    let left = 1;
    let panics = false;
    this.tiers = members.map(({ all, available }, index) => {
      const panic = health < 1 && available.length / all.length < panicBelow;
      panics ||= panic;
      // Nobody is available anywhere: each tier gets as much as it has servers.
      const wanted = health === 0 ? all.length / known : healths[index]! / health;
      const share = Math.min(left, wanted);
      left -= share;
      return { group: new Group(panic ? all : available), share };
    });
    this.panics = panics;
    this.available = members.reduce((sum, { available }) => sum + available.length, 0);
  }

  /** The tier for a call, by its share; `undefined` when there is none with a server to go to. */
  draw(random: Random): Tier | undefined {
    const { tiers } = this;
    if (tiers.length === 0 || tiers[0]!.share === 1) return tiers[0];
    let at = random();
    let last: Tier | undefined;
    for (const tier of tiers) {
      if (tier.group.members.length === 0) continue;
      last = tier;
      at -= tier.share;
      if (at < 0) break;
    }
    return last;
  }
}

/** Lower comes first. */
function rankOf({ priority, zone: its }: LiveEndpoint, zone: string | undefined): number {
  return priority * 2 + (zone === undefined || its === zone ? 0 : 1);
}
