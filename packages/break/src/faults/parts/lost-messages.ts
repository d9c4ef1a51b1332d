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

/** Makes a fault that loses the bytes of one direction and closes nothing. */
export function lostMessages({ name, summary, stream }: LostMessages): FaultKind<LostMessagesOptions> {
  return {
    name,
    summary,
    targets: ['link', 'service'],
    options: [
      {
        name: 'share',
        type: 'fraction',
        default: 0.5,
        least: shareLeast,
        most: 1,
        summary: 'the share of connections that it hits; each new connection is hit or spared anew',
      },
    ],
    async inject(fault, host) {
      const links = aimedLinks(name, fault.target, host);
      const { share } = fault.options;
      const toxic = `${fault.id}-${name}`;
      const before = await Promise.all(links.map((link) => ask(link, answerWithinMs)));
      const timeoutMs = silenceMs(before);

      return beginFault(fault, host, {
        // The links are the lab's own, and gone when it is.
        steps: [],
        async begin() {
          for (const link of links) await link.addToxic(toxic, 'drop', stream, {}, share);
        },
        async end() {
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

/** How many questions it takes to see a loss of this share almost for certain. */
export function asksToSee(share: number): number {
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
