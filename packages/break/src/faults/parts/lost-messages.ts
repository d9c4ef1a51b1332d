import { background } from '@seaworthy/protect';
import type { Timers } from '@seaworthy/protect';
import type { FaultKind, LinkHandle } from '../fault.ts';
import { aimedLinks, showLink } from './aim.ts';
import { answerWithinMs, ask, silenceMs } from './ask.ts';
import { beginFault } from './begin-fault.ts';

export interface LostMessagesOptions extends Readonly<Record<string, unknown>> {
  /** The fraction of connections that lose what is sent. */
  readonly share: number;
}

/** How lost requests and lost replies differ. */
export interface LostMessages {
  readonly name: string;
  readonly summary: string;
  /** The stream whose bytes are lost. */
  readonly stream: 'upstream' | 'downstream';
}

/** Rarer losses would take too many questions to be seen for certain. */
const shareLeast = 0.05;
const asksMax = 180;
/** The chance that a loss goes unseen although it is there. */
const unseenChance = 1e-4;
const atATime = 20;
/**
 * How often the dice are thrown again for open connections. Callers keep connections for long and give up the ones that
 * lost something, so that soon only spared ones would be left.
 */
const diceEveryMs = 250;

/** Makes a fault that loses the bytes of one direction and closes nothing. */
export function lostMessages({ name, summary, stream }: LostMessages): FaultKind<LostMessagesOptions> {
  return {
    name,
    summary,
    targets: ['link', 'service', 'groups'],
    options: [
      {
        name: 'share',
        type: 'fraction',
        default: 0.5,
        least: shareLeast,
        most: 1,
        summary: 'the share of connections that it hits; each is hit or spared anew four times a second',
      },
    ],
    async inject(fault, host) {
      const links = aimedLinks(name, fault.target, host);
      const { share } = fault.options;
      const toxic = `${fault.id}-${name}`;
      const before = await Promise.all(links.map((link) => ask(link, answerWithinMs)));
      const timeoutMs = silenceMs(before);
      let stopDice: (() => Promise<void>) | undefined;

      return beginFault(fault, host, {
        // The links are the lab's own, and gone when it is.
        steps: [],
        async begin() {
          for (const link of links) await link.addToxic(toxic, 'drop', stream, {}, share);
          if (share < 1) stopDice = keepThrowing(links, `${toxic}-dice`, stream, host.timers);
        },
        async end() {
          await stopDice?.();
          await Promise.all(links.map((link) => link.removeToxic(toxic)));
        },
        async observe() {
          const on = links.every((link) => link.toxics().includes(toxic));
          const asks = on ? asksToSee(share) : 1;
          const lost = await Promise.all(links.map((link) => countLost(link, asks, timeoutMs)));
          return {
            measure: `questions over ${links.map(showLink).join(', ')} that stay unanswered for ${timeoutMs} ms`,
            before: `${before.filter(({ kind }) => kind !== 'answered').length} of ${before.length}`,
            during: lost.map((count) => `${count} of ${asks}`).join('; '),
            bites: on && lost.every((count) => (share === 1 ? count === asks : count > 0)),
          };
        },
      });
    },
  };
}

/**
 * Throws the dice of the last toxic in a stream again and again: adding another behind it does that. Returns the function
 * that ends it.
 */
function keepThrowing(
  links: readonly LinkHandle[],
  name: string,
  stream: LostMessages['stream'],
  timers: Timers,
): () => Promise<void> {
  let stopped = false;
  let throwing = Promise.resolve();
  let timer = timers.set(next, diceEveryMs, background);

  function next(): void {
    throwing = throwAll().then(() => {
      if (!stopped) timer = timers.set(next, diceEveryMs, background);
    });
  }
  async function throwAll(): Promise<void> {
    // A link that is closed meanwhile has no connections whose dice matter.
    const throwOne = async (link: LinkHandle) => {
      await link.addToxic(name, 'noop', stream, {});
      await link.removeToxic(name);
    };
    await Promise.allSettled(links.map(throwOne));
  }

  return async () => {
    stopped = true;
    timer.cancel();
    await throwing;
  };
}

/** How many questions it takes to see a loss of this share almost for certain. */
function asksToSee(share: number): number {
  if (share >= 1) return 3;
  return Math.min(asksMax, Math.ceil(Math.log(unseenChance) / Math.log(1 - share)));
}

/** Asks so many times, each on a connection of its own, a few at a time. */
async function countLost(link: LinkHandle, asks: number, timeoutMs: number): Promise<number> {
  let lost = 0;
  for (let asked = 0; asked < asks; asked += atATime) {
    const batch = Array.from({ length: Math.min(atATime, asks - asked) }, () => ask(link, timeoutMs));
    lost += (await Promise.all(batch)).filter(({ kind }) => kind === 'silent').length;
  }
  return lost;
}
