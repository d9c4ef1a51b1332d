import type { Timers } from '@seaworthy/protect';
import type { FaultKind, LinkHandle } from './fault.ts';
import { aimedBothWays, showLink } from './parts/aim.ts';
import { type Answer, answerWithinMs, ask, showAnswer, silenceMs } from './parts/ask.ts';
import { beginFault } from './parts/begin-fault.ts';

export interface PartitionOptions extends Readonly<Record<string, unknown>> {
  /** What is lost: everything, or only what goes from the left of the target to its right, or back. */
  readonly way: 'both' | 'there' | 'back';
  /** How long it is on, and then off, again and again, in milliseconds; 0 is on all the while. */
  readonly flap: number;
}

type Stream = 'upstream' | 'downstream';

/**
 * Lets nothing pass between services, as a broken switch or a wrong firewall rule does: nobody is told, connections
 * stay open, and no byte arrives.
 *
 * Where the services have network namespaces of their own, the packet filter of both loses the packets: connections
 * cannot be opened, and those that are open go on when it heals, as far as TCP has not given them up. Elsewhere the
 * link's proxy loses the bytes: a new connection still opens and then hears nothing, and one that lost bytes is closed
 * when it heals.
 */
export const partition: FaultKind<PartitionOptions> = {
  name: 'partition',
  summary: 'Lets no byte pass and closes nothing: both ways or one, all the while or on and off.',
  targets: ['link', 'service', 'groups'],
  options: [
    {
      name: 'way',
      type: 'choice',
      choices: ['both', 'there', 'back'],
      default: 'both',
      summary: 'what is lost: everything, or what goes from the left of the target to the right, or back',
    },
    {
      name: 'flap',
      type: 'duration',
      default: 0,
      summary: 'how long it is on, then off, then on again; 0 is on all the while',
    },
  ],
  check({ flap }) {
    return flap > 0 && flap < flapMsLeast
      ? { option: 'flap', problem: `must be 0 or at least ${flapMsLeast}ms, so that it can be seen` }
      : undefined;
  },
  async inject(fault, host) {
    const aimed = aimedBothWays('partition', fault.target, host);
    const { way, flap } = fault.options;
    const cuts = aimed.map(({ link, reverse }) => cutOf(link, fault.id, streamsOf(way, reverse)));
    const links = aimed.map(({ link }) => link);
    const before = await askAll(links, answerWithinMs);
    let stopFlapping: (() => Promise<void>) | undefined;

    return beginFault(fault, host, {
      // Of a proxy nothing outlives the lab; what the kernel was told does.
      steps: links.flatMap((link) => link.network?.undo(fault.id) ?? []),
      async begin() {
        for (const cut of cuts) await cut.on();
        if (flap > 0) stopFlapping = keepFlapping(cuts, flap, host.timers);
      },
      async end() {
        await stopFlapping?.();
        await Promise.all(cuts.map((cut) => cut.off()));
      },
      async observe() {
        const on = cuts.every((cut) => cut.isOn());
        const during = await askAll(links, silenceMs(before));
        const unheard = ({ kind }: Answer) => (flap > 0 ? kind !== 'answered' : kind === 'silent');
        return {
          measure: `an answer over ${links.map(showLink).join(', ')}`,
          before: showAll(before),
          during: showAll(during),
          bites: on && before.some(({ kind }) => kind === 'answered') && during.every(unheard),
        };
      },
    });
  },
};

/** A control measurement fits into it. */
const flapMsLeast = 1_000;

/** One link that can be cut and mended. */
interface Cut {
  on(): Promise<void>;
  off(): Promise<void>;
  isOn(): boolean;
}

function cutOf(link: LinkHandle, id: string, streams: readonly Stream[]): Cut {
  const { network } = link;
  if (network) {
    let cut = false;
    return {
      async on() {
        cut = true;
        await network.cut(id, streams);
      },
      async off() {
        await network.mend(id);
        cut = false;
      },
      isOn: () => cut,
    };
  }
  const names = streams.map((stream) => [stream, stream === 'upstream' ? `${id}-requests` : `${id}-replies`]);
  return {
    async on() {
      for (const [stream, name = ''] of names) await link.addToxic(name, 'drop', stream as Stream, {});
    },
    async off() {
      await Promise.all(names.map(([, name = '']) => link.removeToxic(name)));
    },
    isOn: () => names.every(([, name = '']) => link.toxics().includes(name)),
  };
}

function streamsOf(way: PartitionOptions['way'], reverse: boolean): readonly Stream[] {
  if (way === 'both') return ['upstream', 'downstream'];
  return [(way === 'there') === reverse ? 'downstream' : 'upstream'];
}

/** Mends and cuts in turn. Returns the function that ends it, in whichever state it is. */
function keepFlapping(cuts: readonly Cut[], everyMs: number, timers: Timers): () => Promise<void> {
  let stopped = false;
  let on = true;
  let turning = Promise.resolve();
  let timer = timers.set(turn, everyMs);

  function turn(): void {
    on = !on;
    // A link that is closed meanwhile has nothing to cut; the end of the fault mends the others.
    turning = Promise.allSettled(cuts.map((cut) => (on ? cut.on() : cut.off()))).then(() => {
      if (!stopped) timer = timers.set(turn, everyMs);
    });
  }
  return async () => {
    stopped = true;
    timer.cancel();
    await turning;
  };
}

/** Asks from where the caller is, as far as that can be had. */
function askAll(links: readonly LinkHandle[], timeoutMs: number): Promise<Answer[]> {
  return Promise.all(links.map((link) => ask(link.network ?? link, timeoutMs)));
}

/** Equal answers once, with how many links gave them. */
function showAll(answers: readonly Answer[]): string {
  const silent = answers.filter(({ kind }) => kind === 'silent');
  const rest = answers.filter(({ kind }) => kind !== 'silent').map(showAnswer);
  const [first] = silent;
  if (!first) return rest.join('; ');
  const share = answers.length > 1 ? ` on ${silent.length} of ${answers.length} links` : '';
  return [`${showAnswer(first)}${share}`, ...rest].join('; ');
}
