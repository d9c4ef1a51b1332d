import type { FaultKind, LinkHandle } from './fault.ts';
import { aimedLinks, showLink } from './parts/aim.ts';
import { type Answer, answerWithinMs, ask, showMs } from './parts/ask.ts';
import { beginFault } from './parts/begin-fault.ts';
import { linkToxics } from './parts/link-toxics.ts';

export interface PacketLossOptions extends Readonly<Record<string, unknown>> {
  /** The fraction of packets that is lost. */
  readonly share: number;
  /** How long the sender waits before it sends a lost packet again, in milliseconds; twice as long each further time. */
  readonly retransmit: number;
}

/** How many questions a control measurement asks; it is repeated until one was hit. */
const asks = 40;

/** Loses packets, as a bad line does: TCP sends them again, so that no byte is missing and some come late. */
export const packetLoss: FaultKind<PacketLossOptions> = {
  name: 'packet-loss',
  summary: 'Makes a share of the packets late, as TCP does when they are lost and sent again.',
  targets: ['link', 'service', 'groups'],
  options: [
    {
      name: 'share',
      type: 'fraction',
      default: 0.05,
      least: 0.01,
      most: 0.9,
      summary: 'the share of packets that is lost, each way',
    },
    {
      name: 'retransmit',
      type: 'duration',
      default: 200,
      least: 50,
      most: 3_000,
      summary: 'how long it takes until a lost packet is sent again; twice as long each further time',
    },
  ],
  async inject(fault, host) {
    const links = aimedLinks('packet-loss', fault.target, host);
    const { share, retransmit } = fault.options;
    const attributes = { probability: share, retransmit: Math.round(retransmit) };
    const toxics = linkToxics(fault.id, links, [
      { type: 'packet_loss', stream: 'upstream', attributes },
      { type: 'packet_loss', stream: 'downstream', attributes },
    ]);
    const before = await Promise.all(links.map((link) => askMany(link, answerWithinMs)));
    const usualMs = before.map(slowestMs);
    const isLate = (answer: Answer, index: number) =>
      answer.kind === 'silent' ||
      (answer.kind === 'answered' && answer.durationMs >= (usualMs[index] ?? 0) + 0.8 * retransmit);
    const countLate = (answers: readonly Answer[], index: number) =>
      answers.filter((answer) => isLate(answer, index)).length;

    return beginFault(fault, host, {
      // The links are the lab's own, and gone when it is.
      steps: [],
      begin: () => toxics.begin(),
      end: () => toxics.end(),
      async observe() {
        // Who is lost again and again is not waited for: that it is late is known by then.
        const during = await Promise.all(
          links.map((link, index) => askMany(link, (usualMs[index] ?? 0) + 2 * retransmit)),
        );
        const late = during.map(countLate);
        return {
          measure: `questions over ${links.map(showLink).join(', ')} that come ${showMs(retransmit)} late, of ${asks}`,
          before: before.map(countLate).join('; '),
          during: late.join('; '),
          bites: toxics.on() && late.every((count, index) => count > countLate(before[index] ?? [], index)),
        };
      },
    });
  },
};

async function askMany(link: LinkHandle, timeoutMs: number): Promise<readonly Answer[]> {
  return Promise.all(Array.from({ length: asks }, () => ask(link, timeoutMs)));
}

function slowestMs(answers: readonly Answer[]): number {
  return Math.max(0, ...answers.map((answer) => (answer.kind === 'answered' ? answer.durationMs : 0)));
}
