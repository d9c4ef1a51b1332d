import type { FaultKind, LinkHandle, LinkNetwork, NameAnswer } from './fault.ts';
import { aimedLinks, showLink } from './parts/aim.ts';
import { beginFault } from './parts/begin-fault.ts';
import { FaultError } from './parts/fault-error.ts';

export interface DnsFailureOptions extends Readonly<Record<string, unknown>> {
  /** What the caller is told. */
  readonly answer: NameAnswer;
  /** The fraction of look-ups that goes wrong. */
  readonly share: number;
  /** With `answer: delay`, how much later the right answer comes, in milliseconds. */
  readonly delay: number;
}

/** How long a look-up is waited for by the control measurement, beside a delay. */
const answerWithinMs = 2_000;
/** How many look-ups it takes to see that a share of them goes wrong; repeated until one was hit. */
const lookUps = 8;

/** Lets callers fail to find the service by its name, or find somebody else. */
export const dnsFailure: FaultKind<DnsFailureOptions> = {
  name: 'dns-failure',
  summary: 'Answers look-ups of the name wrongly, late or not at all; needs `network: namespaces`.',
  targets: ['link', 'service', 'groups'],
  needs: 'namespaces',
  options: [
    {
      name: 'answer',
      type: 'choice',
      choices: [
        'no-such-name',
        'server-failure',
        'refused',
        'no-address',
        'silence',
        'wrong-address',
        'delay',
      ],
      default: 'no-such-name',
      summary: 'what the caller is told; `wrong-address` is one where nobody is',
    },
    { name: 'share', type: 'fraction', default: 1, least: 0.05, summary: 'the share of look-ups it hits' },
    {
      name: 'delay',
      type: 'duration',
      default: 1_000,
      least: 100,
      summary: 'with `answer: delay`, how much later the right answer comes',
    },
  ],
  async inject(fault, host) {
    const links = aimedLinks('dns-failure', fault.target, host);
    const networks = links.map(networkOf);
    const { answer, share, delay } = fault.options;
    const timeoutMs = answerWithinMs + (answer === 'delay' ? delay : 0);
    const before = await Promise.all(networks.map((network) => lookUp(network, timeoutMs)));
    let on = false;

    return beginFault(fault, host, {
      // The name servers are the lab's own, and gone when it is.
      steps: [],
      async begin() {
        for (const network of networks) network.failName(fault.id, { answer, share, delayMs: delay });
        on = true;
      },
      async end() {
        for (const network of networks) network.restoreName(fault.id);
        on = false;
      },
      async observe() {
        const asks = share < 1 ? lookUps : 1;
        const during = await Promise.all(
          networks.map((network) =>
            Promise.all(Array.from({ length: asks }, () => lookUp(network, timeoutMs))),
          ),
        );
        const isWrong = (found: Found, link: number): boolean =>
          answer === 'delay'
            ? found.durationMs >= (before[link]?.durationMs ?? NaN) + delay / 2
            : found.text !== before[link]?.text;
        const wrong = during.map((all, link) => all.filter((found) => isWrong(found, link)));
        return {
          measure: `looking up the name of the callee over ${links.map(showLink).join(', ')}`,
          before: before.map(show).join('; '),
          during: during.map((all, link) => show(wrong[link]?.[0] ?? all[0])).join('; '),
          bites: on && wrong.every((all) => all.length > 0),
        };
      },
    });
  },
};

function networkOf({ network, ...link }: LinkHandle): LinkNetwork {
  if (network !== undefined) return network;
  throw new FaultError(
    'FAULT_IMPOSSIBLE',
    `dns-failure has no name to act on over ${showLink(link)}: on loopback services are found by their addresses. Write \`network: namespaces\` in the system file, or use connection-refused.`,
  );
}

/** What came of looking up a name. */
interface Found {
  readonly text: string;
  readonly durationMs: number;
}

async function lookUp(network: LinkNetwork, timeoutMs: number): Promise<Found> {
  return network.lookUp(timeoutMs).then(
    ({ addresses, durationMs }) => ({ text: addresses.join(', '), durationMs }),
    (error: NodeJS.ErrnoException) => ({ text: error.code ?? error.message, durationMs: timeoutMs }),
  );
}

function show(found: Found | undefined): string {
  return found ? `${found.text} in ${Math.round(found.durationMs)} ms` : 'nothing';
}
