import { createHash } from 'node:crypto';
import { isIP } from 'node:net';

export interface LinkQueueOptions {
  /** The address to which the packets go. */
  readonly to: string;
  /** Only TCP to this port; everything when left out. */
  readonly port: number | undefined;
  /** Tells it from other queues of the device. */
  readonly name: string;
  /** What happens to the packets, as tc names it, such as `['netem', 'delay', '100ms']`. */
  readonly discipline: readonly string[];
}

/** Our queue at the root of the device: whatever is not chosen passes it at once. */
const root = '5ea:';

/**
 * Shell scripts that put what a namespace sends to one address into a queue of its own, and take it out again. The
 * latter may run twice, or when the former failed half way.
 */
export function linkQueue({ to, port, name, discipline }: LinkQueueOptions): {
  readonly add: string;
  readonly remove: string;
} {
  const id = idOf(`${name}\n${to}\n${port ?? ''}`);
  const [protocol, family, bits] = isIP(to) === 6 ? ['ipv6', 'ip6', 128] : ['ip', 'ip', 32];
  const tcp =
    port === undefined ? '' : ` match ${family} protocol 6 0xff match ${family} dport ${port} 0xffff`;
  const device = `device=$(ip -o route get ${to} | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p')`;
  const add = [
    device,
    `tc qdisc show dev "$device" root | grep -q "htb ${root}" || tc qdisc add dev "$device" root handle ${root} htb`,
    // Wider than any device: the class is there to choose packets, not to hold them up.
    `tc class add dev "$device" parent ${root} classid ${root}${id} htb rate 100gbit quantum 60000`,
    `tc qdisc add dev "$device" parent ${root}${id} ${discipline.join(' ')}`,
    `tc filter add dev "$device" parent ${root} protocol ${protocol} prio ${Number.parseInt(id, 16)} u32 match ${family} dst ${to}/${bits}${tcp} flowid ${root}${id}`,
  ];
  const remove = [
    device,
    `tc filter del dev "$device" parent ${root} prio ${Number.parseInt(id, 16)} 2>/dev/null`,
    `tc class del dev "$device" classid ${root}${id} 2>/dev/null`,
    // The last one takes the root along.
    `tc qdisc show dev "$device" root | grep -q "htb ${root}" || exit 0`,
    `tc class show dev "$device" | grep -q "htb ${root}" || tc qdisc del dev "$device" root`,
  ];
  return { add: add.join('\n'), remove: remove.join('\n') };
}

/** From 1 to fff, in hexadecimal digits, as tc wants it. */
function idOf(text: string): string {
  const hash = createHash('sha256').update(text).digest().readUInt16BE();
  return ((hash % 0xfff) + 1).toString(16);
}
