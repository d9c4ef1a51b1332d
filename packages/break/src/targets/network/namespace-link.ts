import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import {
  describeToxic,
  type LiveToxic,
  type Toxic,
  type ToxicOptions,
  viewToxic,
} from '../../proxy/toxic-set.ts';
import { linkQueue } from './link-queue.ts';
import { NetworkRightError, requireNetworkRights } from './network-rights.ts';
import { enterNamespace, runTool } from './run-tool.ts';

/** A link of the real network: what a namespace sends to an address, and hears from it. */
export interface NamespaceLinkOptions {
  /** The caller's network namespace: the name that `ip netns` knows, or a process in it, such as a container's. */
  readonly namespace: { readonly name: string } | { readonly pid: number };
  /** The IP address of the other side. */
  readonly to: string;
  /** Only TCP to this port of the other side; everything when left out. */
  readonly port?: number | undefined;
}

/** A link whose toxics are rules of the kernel. It takes the place of a proxy, in a partition too. */
export interface NamespaceLink {
  /**
   * Puts a toxic on the link: `drop` and `stall` lose packets of the stream, `reset_peer` answers them with an RST,
   * `refuse` does so for new connections alone, `latency` and `packet_loss` slow and lose what is sent (upstream).
   *
   * @throws NetworkRightError
   */
  addToxic(toxic: ToxicOptions): Promise<Toxic>;
  /** Takes it away. Harmless when there is none of that name. */
  removeToxic(name: string): Promise<void>;
  /** How many packets a toxic has hit, where the kernel counts them: whether it bites. */
  packets(name: string): Promise<number | undefined>;
  /**
   * The command that undoes a toxic without this process, for a ledger; harmless when there is no such toxic.
   *
   * @param type - what the toxic is or will be; `drop` when left out
   */
  undo(name: string, type?: string): readonly string[];
}

/** The toxics that the packet filter can do; the others are for the queue of the device. */
const filtered = ['drop', 'stall', 'reset_peer', 'refuse'];
const queued = ['latency', 'packet_loss'];

/**
 * Makes a link of the real network breakable, with nftables and tc in the namespace.
 *
 * @throws NetworkRightError `CAPABILITY_MISSING`, `NETWORK_INPUT`
 * @example const link = namespaceLink({ namespace: { name: 'shop' }, to: '10.0.0.2', port: 5432 });
 */
export function namespaceLink(options: NamespaceLinkOptions): NamespaceLink {
  const { to, port } = checkOptions(options);
  requireNetworkRights();
  const enter = enterNamespace(namespaceFile(options.namespace));
  const undoes = new Map<string, readonly string[]>();

  const queueOf = (name: string, discipline: readonly string[]) => linkQueue({ to, port, name, discipline });
  const undo = (name: string, type = 'drop') => {
    const known = undoes.get(name);
    if (known) return known;
    return queued.includes(type)
      ? [...enter, 'sh', '-c', queueOf(name, []).remove]
      : [...enter, 'nft', deleteTable(tableOf(name))];
  };
  const tableOf = (name: string) =>
    `seaworthy_${createHash('sha256')
      .update(`${name}\n${to}\n${port ?? ''}`)
      .digest('hex')
      .slice(0, 16)}`;

  return {
    async addToxic(given) {
      const toxic = describeToxic(given);
      if (undoes.has(toxic.name)) {
        throw new NetworkRightError(
          'NETWORK_INPUT',
          `There is a toxic ${toxic.name} on this link already; remove it first.`,
        );
      }
      if (filtered.includes(toxic.kind.type)) {
        await runTool([...enter, 'nft', '-f', '-'], rules(tableOf(toxic.name), toxic, to, port));
        undoes.set(toxic.name, undo(toxic.name));
      } else {
        const discipline = ['netem', ...netem(toxic)];
        const undone = undo(toxic.name, toxic.kind.type);
        try {
          await runTool([...enter, 'sh', '-e', '-c', queueOf(toxic.name, discipline).add]);
        } catch (error) {
          await runTool(undone);
          throw error;
        }
        undoes.set(toxic.name, undone);
      }
      return viewToxic(toxic);
    },
    async removeToxic(name) {
      if (!undoes.has(name)) return;
      await runTool(undo(name));
      undoes.delete(name);
    },
    async packets(name) {
      const command = undoes.get(name);
      if (!command?.includes('nft')) return undefined;
      const text = await runTool([...enter, 'nft', 'list', 'table', 'inet', tableOf(name)]);
      return [...text.matchAll(/counter packets (\d+)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
    },
    undo,
  };
}

/** Deletes a table, also one that is not there: an undo may come twice. */
function deleteTable(table: string): string {
  return `add table inet ${table}; delete table inet ${table}`;
}

function checkOptions({ namespace, to, port }: NamespaceLinkOptions): {
  readonly to: string;
  readonly port: number | undefined;
} {
  const refuse = (what: string, value: unknown): never => {
    throw new NetworkRightError('NETWORK_INPUT', `Expected ${what}, got ${JSON.stringify(value)}.`);
  };
  if (isIP(to) === 0 || to.includes('%')) refuse('`to` to be an IP address', to);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536))
    refuse('`port` to be from 1 to 65535', port);
  if ('name' in namespace && !/^\w[\w.-]{0,127}$/.test(namespace.name))
    refuse('a name of a namespace', namespace.name);
  if ('pid' in namespace && !(Number.isInteger(namespace.pid) && namespace.pid > 0))
    refuse('a process id', namespace.pid);
  return { to, port };
}

function namespaceFile(namespace: NamespaceLinkOptions['namespace']): string {
  return 'name' in namespace ? `/run/netns/${namespace.name}` : `/proc/${namespace.pid}/ns/net`;
}

/** The packet filter's rules for a toxic: one table of its own, so that one command undoes them. */
function rules(table: string, { kind, stream }: LiveToxic, to: string, port: number | undefined): string {
  const family = isIP(to) === 6 ? 'ip6' : 'ip';
  const out = stream === 'upstream' || kind.type === 'refuse';
  const side = out ? 'daddr' : 'saddr';
  const tcp = port === undefined ? '' : ` tcp ${out ? 'dport' : 'sport'} ${port}`;
  const only = kind.type === 'refuse' ? ' tcp flags & (syn | ack) == syn' : '';
  const protocol = kind.type === 'reset_peer' && port === undefined ? ' meta l4proto tcp' : '';
  const verdict = kind.type === 'drop' || kind.type === 'stall' ? 'drop' : 'reject with tcp reset';
  return `table inet ${table} {
  chain link {
    type filter hook ${out ? 'output' : 'input'} priority -150; policy accept;
    ${family} ${side} ${to}${tcp}${only}${protocol} counter ${verdict}
  }
}
`;
}

function netem({ kind, stream, attributes }: LiveToxic): readonly string[] {
  if (!queued.includes(kind.type)) {
    const able = [...filtered, ...queued].join(', ');
    throw new NetworkRightError(
      'NETWORK_INPUT',
      `The kernel has no ${kind.type}; it has ${able}. Put a proxy on the link for the others.`,
    );
  }
  if (stream !== 'upstream') {
    throw new NetworkRightError(
      'NETWORK_INPUT',
      `The kernel can put ${kind.type} on what a namespace sends alone; use stream "upstream", or the other side's namespace.`,
    );
  }
  if (kind.type === 'packet_loss') return ['loss', `${Number(attributes['probability']) * 100}%`];
  return ['delay', `${attributes['latency']}ms`, `${attributes['jitter']}ms`];
}
