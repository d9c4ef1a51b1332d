import type { Random, Timer } from '@seaworthy/protect';
import { ProxyError } from '../errors.ts';
import type { Proxy } from '../proxy-types.ts';
import { newSeed, seededRandom } from '../random.ts';
import { machineTime, type Time } from '../time.ts';
import type { StreamName } from '../toxic.ts';

/** A proxy that carries the calls of one service to another. */
export interface NetworkLink {
  readonly from: string;
  readonly to: string;
  readonly proxy: Pick<Proxy, 'addToxic' | 'removeToxic'>;
}

/** How two groups of services are cut off from each other. */
export interface PartitionOptions {
  readonly between: readonly string[];
  readonly and: readonly string[];
  /**
   * `symmetric`: neither hears the other. `one-way`: what `between` sends does not reach `and`; the other way works.
   * `flapping`: symmetric, on and off. `symmetric` when left out.
   */
  readonly mode?: 'symmetric' | 'one-way' | 'flapping' | undefined;
  /**
   * `stall`: bytes wait, and arrive when the partition heals, as with TCP. `drop`: bytes are lost, and connections
   * that lost some are closed when it heals. `stall` when left out.
   */
  readonly bytes?: 'stall' | 'drop' | undefined;
  /** How long a flapping partition is on, in ms, give or take a half. 1000 when left out. */
  readonly downMs?: number | undefined;
  /** How long it is off, in ms, give or take a half. 1000 when left out. */
  readonly upMs?: number | undefined;
  /** Names it, in its toxics; made of the groups when left out. */
  readonly name?: string | undefined;
  /** Makes the flapping repeatable. */
  readonly seed?: number | undefined;
  readonly time?: Time | undefined;
}

/** A partition that is on. */
export interface Partition extends AsyncDisposable {
  /** The links that it cuts, as `from -> to`. */
  readonly cut: readonly string[];
  /** Whether messages are stopped just now; a flapping one comes and goes. */
  readonly down: boolean;
  /** Ends it. Harmless when it has ended. */
  heal(): Promise<void>;
}

/**
 * Cuts two groups of services off from each other, on the proxies between them. Links within a group go on.
 *
 * @throws ProxyError `PARTITION_INVALID` when a name is on both sides, or no link joins the two
 * @example const split = await partition(links, { between: ['shop'], and: ['inventory', 'payment'], mode: 'one-way' });
 */
export async function partition(
  links: readonly NetworkLink[],
  options: PartitionOptions,
): Promise<Partition> {
  const { mode = 'symmetric', bytes = 'stall', time = machineTime } = options;
  check('mode', mode, ['symmetric', 'one-way', 'flapping']);
  check('bytes', bytes, ['stall', 'drop']);
  const cuts = findCuts(links, options, mode);
  const name = options.name ?? `partition ${options.between.join(',')} | ${options.and.join(',')}`;
  const random = seededRandom(options.seed ?? newSeed(), name);
  let down = false;
  let healed = false;
  let timer: Timer | undefined;
  let last = Promise.resolve();

  const set = async (wanted: boolean) => {
    if (wanted === down) return;
    down = wanted;
    await Promise.all(
      cuts.flatMap(({ link, streams }) =>
        streams.map((stream) =>
          wanted
            ? link.proxy.addToxic({ name: `${name} ${stream}`, type: bytes, stream })
            : remove(link.proxy, `${name} ${stream}`),
        ),
      ),
    );
  };
  const flap = () => {
    const nextMs = around(down ? (options.downMs ?? 1000) : (options.upMs ?? 1000), random);
    timer = time.timers.set(() => {
      last = last.then(async () => {
        if (healed) return;
        await set(!down);
        flap();
      });
    }, nextMs);
  };

  await set(true);
  if (mode === 'flapping') flap();
  const heal = async () => {
    healed = true;
    timer?.cancel();
    await last;
    await set(false);
  };
  return {
    cut: cuts.map(({ link }) => `${link.from} -> ${link.to}`),
    get down() {
      return down;
    },
    heal,
    [Symbol.asyncDispose]: heal,
  };
}

interface Cut {
  readonly link: NetworkLink;
  readonly streams: readonly StreamName[];
}

function findCuts(
  links: readonly NetworkLink[],
  { between, and }: PartitionOptions,
  mode: string,
): readonly Cut[] {
  const both = between.find((service) => and.includes(service));
  if (both !== undefined) {
    throw new ProxyError(
      'PARTITION_INVALID',
      `The service ${both} is on both sides of the partition; name it on one.`,
    );
  }
  const cuts = links.flatMap((link): Cut[] => {
    const out = between.includes(link.from) && and.includes(link.to);
    const back = and.includes(link.from) && between.includes(link.to);
    if (!out && !back) return [];
    if (mode !== 'one-way') return [{ link, streams: ['upstream', 'downstream'] }];
    return [{ link, streams: [out ? 'upstream' : 'downstream'] }];
  });
  if (cuts.length > 0) return cuts;
  const known = links.map(({ from, to }) => `${from} -> ${to}`).join(', ') || 'none';
  throw new ProxyError(
    'PARTITION_INVALID',
    `No link joins ${between.join(', ')} and ${and.join(', ')}; there are: ${known}.`,
  );
}

/** Somebody else may have taken the toxic away, or all of them. */
async function remove(proxy: NetworkLink['proxy'], toxic: string): Promise<void> {
  try {
    await proxy.removeToxic(toxic);
  } catch (error) {
    if (!(error instanceof ProxyError && error.code === 'TOXIC_NOT_FOUND')) throw error;
  }
}

function check(option: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new ProxyError(
    'PARTITION_INVALID',
    `Expected \`${option}\` to be one of ${allowed.join(', ')}, got ${JSON.stringify(value)}.`,
  );
}

/** A time that is half as long to half as long again. */
function around(ms: number, random: Random): number {
  return ms * (0.5 + random());
}
