import { existsSync } from 'node:fs';
import type { Random } from '@seaworthy/protect';
import type { SystemDefinition } from '../../experiment/model.ts';
import type { UndoStep } from '../../faults/fault.ts';
import { type DnsResponder, dnsResponder, type Proxy, proxy } from '../../proxy/index.ts';
import { linkNetwork } from './link-network.ts';
import { requireNetworkRights } from './network-rights.ts';
import { ownView } from './own-view.ts';
import { enterNamespace, findTool, runTool } from './run-tool.ts';
import { chooseSubnet, type Subnet } from './subnet.ts';
import type { LinkPlace, NetworkParts, SystemNetwork } from './system-network.ts';

/** One service's part of the network. */
interface Room {
  /** The name that `ip netns` knows. */
  readonly namespace: string;
  readonly file: string;
  readonly enter: readonly string[];
  /** The lab's end of the cable to it. */
  readonly device: string;
  readonly host: string;
}

type RemoveStep = Extract<UndoStep, { do: 'run' }> & { readonly whileThere: string };

/** The service's end of the cable, within its namespace. */
const inner = 'eth0';
const withoutRights =
  'write `network: loopback` in the system file: the same faults then act on proxies of the lab, without any right';

/**
 * Gives every service a network namespace of its own, with a cable to the lab, and every link an address of its own.
 * What one service sends to another goes through the kernel of both, where rules of the packet filter lose it; between
 * them stands the lab's proxy, as ever, for the faults that the kernel does not know.
 *
 * A service may listen on 127.0.0.1 all the same: what comes over the cable is led there.
 */
export async function openNamespaces(
  { services }: SystemDefinition,
  { ledger, random, folder }: NetworkParts,
): Promise<SystemNetwork> {
  requireNetworkRights(undefined, withoutRights);
  for (const tool of ['ip', 'nft', 'nsenter']) findTool(tool);
  const view = await ownView(folder);
  const subnet = chooseSubnet(await runTool(['ip', '-o', '-4', 'route', 'show', 'table', 'all']), random);
  const token = randomToken(random);
  const lab = subnet.address(1);
  const rooms = new Map(
    services.map(({ name }, index): [string, Room] => {
      const namespace = `seaworthy-${token}-${name}`;
      const file = `/run/netns/${namespace}`;
      const host = subnet.address(2 + index);
      return [name, { namespace, file, enter: enterNamespace(file), device: `sw${token}-${index}`, host }];
    }),
  );
  const links = linkAddresses(services, subnet);
  const roomOf = (service: string): Room => {
    const room = rooms.get(service);
    if (room === undefined) throw new Error(`no service ${service}`);
    return room;
  };
  const relays: Proxy[] = [];
  const resolvers = new Map<string, DnsResponder>();
  const steps = [...rooms.values()].flatMap(stepsToRemove);

  const strike = await ledger.intend('the network of the system', steps);
  const close = async (): Promise<void> => {
    for (const relay of relays.splice(0)) await relay.close();
    for (const resolver of resolvers.values()) await resolver.close();
    resolvers.clear();
    try {
      for (const { command, whileThere } of steps) if (existsSync(whileThere)) await runTool(command);
      await strike();
    } catch {
      // What cannot be removed now stays in the ledger, whose end tries again and tells.
    }
  };
  try {
    for (const [name, room] of rooms) {
      await build(room, lab, {
        callsOver: links.filter(({ from }) => from === name).map(({ host }) => host),
        calledOver: links.filter(({ to }) => to === name).map(({ host }) => host),
      });
      const names = await dnsResponder({
        listen: `${lab}:0`,
        records: Object.fromEntries(
          links.filter(({ from }) => from === name).map(({ to, host }) => [nameOf(to), [host]]),
        ),
      });
      resolvers.set(name, names);
      await runTool([...room.enter, 'nft', '-f', '-'], wayToNames(lab, names.listen));
      await view.write(name, lab);
    }
  } catch (error) {
    await close();
    throw error;
  }

  return {
    kind: 'namespaces',
    place(service) {
      const { host, enter } = roomOf(service);
      const openPort = async (port: number): Promise<void> => {
        await runTool([...enter, 'nft', '-f', '-'], door(port));
      };
      return { host, enter: [...enter, ...view.enter(service)], openPort };
    },
    link(from, to): LinkPlace {
      const host = links.find((link) => link.from === from && link.to === to)?.host ?? '';
      const caller = roomOf(from);
      const names = resolvers.get(from);
      if (names === undefined) throw new Error(`no name server for ${from}`);
      const name = nameOf(to);
      const ends = { from: caller.file, to: roomOf(to).file, host, name, names };
      const enter = [...caller.enter, ...view.enter(from)];
      return { host, name, network: (readyUrl) => linkNetwork({ ...ends, enter, readyUrl }) };
    },
    async shareLabPort(port) {
      const relay = await proxy({ name: 'lab', listen: `${lab}:0`, upstream: `127.0.0.1:${port}` });
      relays.push(relay);
      for (const { enter } of rooms.values()) {
        await runTool([...enter, 'nft', '-f', '-'], wayToLab(port, relay.listen));
      }
    },
    close,
  };
}

/** The name by which a service is found: of a domain that is set aside for tests (RFC 6761). */
function nameOf(service: string): string {
  return `${service}.seaworthy.test`.toLowerCase();
}

/** Letters and digits that make names of this run differ from those of others; a device's name holds 15 characters. */
function randomToken(random: Random): string {
  return Array.from({ length: 6 }, () => Math.floor(random() * 36).toString(36)).join('');
}

interface LinkAddress {
  readonly from: string;
  readonly to: string;
  readonly host: string;
}

/** Gives every link an address of its own. */
function linkAddresses(services: SystemDefinition['services'], subnet: Subnet): readonly LinkAddress[] {
  return services
    .flatMap(({ name, calls }) => calls.map((to) => ({ from: name, to })))
    .map((link, index) => ({ ...link, host: subnet.address(2 + services.length + index) }));
}

/** A namespace goes when its last process does; its device goes at once. */
function stepsToRemove({ namespace, file, device }: Room): readonly RemoveStep[] {
  return [
    { do: 'run', command: ['ip', 'link', 'del', device], whileThere: `/sys/class/net/${device}` },
    { do: 'run', command: ['ip', 'netns', 'del', namespace], whileThere: file },
  ];
}

/** The links of a service. */
interface RoomLinks {
  readonly callsOver: readonly string[];
  readonly calledOver: readonly string[];
}

async function build(room: Room, lab: string, { callsOver, calledOver }: RoomLinks): Promise<void> {
  const { namespace, enter, device, host } = room;
  await runTool(['ip', 'netns', 'add', namespace]);
  await runTool(
    ['ip', '-batch', '-'],
    [
      `link add ${device} type veth peer name ${inner} netns ${namespace}`,
      // Without a subnet, so that the device brings no other routes than these.
      ...[lab, ...callsOver].map((address) => `addr add ${address}/32 dev ${device}`),
      `link set ${device} up`,
      `route add ${host}/32 dev ${device} src ${lab}`,
    ].join('\n'),
  );
  await runTool(
    ['ip', '-n', namespace, '-batch', '-'],
    [
      'link set lo up',
      `addr add ${host}/32 dev ${inner}`,
      `link set ${inner} up`,
      `route add ${lab}/32 dev ${inner}`,
      // To the lab and over its own links, and nowhere else.
      ...[...callsOver, ...calledOver].map((address) => `route add ${address}/32 via ${lab} dev ${inner}`),
    ].join('\n'),
  );
  // Lets packets from outside be led to 127.0.0.1, within this namespace.
  const setting = `/proc/sys/net/ipv4/conf/${inner}/route_localnet`;
  await runTool([...enter, 'sh', '-c', `echo 1 > ${setting}`]);
}

/** Leads a port to the service, which may listen on its loopback alone. */
function door(port: number): string {
  return `table ip seaworthy_door_${port} {
  chain in {
    type nat hook prerouting priority -100; policy accept;
    iifname "${inner}" tcp dport ${port} dnat to 127.0.0.1:${port}
  }
}
`;
}

/** Leads look-ups of names, which go to port 53 of the lab, to the name server of this service. */
function wayToNames(lab: string, names: string): string {
  return `table ip seaworthy_names {
  chain out {
    type nat hook output priority -100; policy accept;
    ip daddr ${lab} udp dport 53 dnat to ${names}
  }
}
`;
}

/** Leads a port of the namespace's loopback to the lab. */
function wayToLab(port: number, lab: string): string {
  return `table ip seaworthy_lab_${port} {
  chain out {
    type nat hook output priority -100; policy accept;
    ip daddr 127.0.0.1 tcp dport ${port} dnat to ${lab}
  }
  chain after {
    type nat hook postrouting priority 100; policy accept;
    oifname "${inner}" ip saddr 127.0.0.0/8 masquerade
  }
}
`;
}
