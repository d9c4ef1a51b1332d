import { isIPv4, isIPv6 } from 'node:net';

/** The question of a DNS query; a query with more than one is not answered. */
export interface Question {
  readonly id: number;
  /** In lower case, without the last dot. */
  readonly name: string;
  /** 1 is A, 28 is AAAA, 33 is SRV; other types are numbers alike. */
  readonly type: number;
  readonly recursionDesired: boolean;
  /** The question as it came, which the answer repeats. */
  readonly bytes: Buffer;
}

/** The response codes that answers can have. */
export const responseCodes = { noError: 0, serverFailure: 2, noSuchName: 3, refused: 5 } as const;

/** The types of records that can be answered. */
const recordTypes = { a: 1, aaaa: 28, srv: 33 } as const;

/** Where a service is, as an SRV record says it (RFC 2782). */
export interface DnsService {
  /** The name of the host that has it. */
  readonly target: string;
  readonly port: number;
  /** Lower comes first; 0 when left out. */
  readonly priority?: number | undefined;
  /** The share among those of the same priority; 0 when left out. */
  readonly weight?: number | undefined;
}

const headerBytes = 12;

/** Reads a query; `undefined` when it is none, or none that can be answered. */
export function readQuestion(message: Buffer): Question | undefined {
  if (message.length < headerBytes + 5 || message.length > 4096) return undefined;
  const flags = message.readUInt16BE(2);
  // An answer, or another kind of query than the standard one.
  if ((flags & 0xf800) !== 0 || message.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = headerBytes;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(message.toString('latin1', at, at + length));
    at += length;
  }
  if (at + 4 > message.length) return undefined;
  const name = labels.join('.').toLowerCase();
  if (name.length > 253) return undefined;
  return {
    id: message.readUInt16BE(0),
    name,
    type: message.readUInt16BE(at),
    recursionDesired: (flags & 0x0100) !== 0,
    bytes: Buffer.from(message.subarray(headerBytes, at + 4)),
  };
}

/** Writes an answer: the addresses or services that fit the question's type, each to be kept for `ttlSeconds`. */
export function writeAnswer(
  question: Question,
  code: number,
  addresses: readonly string[] = [],
  ttlSeconds = 0,
  services: readonly DnsService[] = [],
): Buffer {
  const records = dataOf(question.type, addresses, services).map((data) =>
    record(question.type, data, ttlSeconds),
  );
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(question.id, 0);
  // An authoritative answer, recursion available.
  header.writeUInt16BE(0x8480 | (question.recursionDesired ? 0x0100 : 0) | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, question.bytes, ...records]);
}

function dataOf(
  type: number,
  addresses: readonly string[],
  services: readonly DnsService[],
): readonly Buffer[] {
  if (type === recordTypes.srv) return services.map(serviceBytes);
  if (type === recordTypes.aaaa) return addresses.filter(isIPv6).map(ipv6Bytes);
  if (type !== recordTypes.a) return [];
  return addresses.filter(isIPv4).map((address) => Buffer.from(address.split('.').map(Number)));
}

function serviceBytes({ target, port, priority = 0, weight = 0 }: DnsService): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE(priority, 0);
  head.writeUInt16BE(weight, 2);
  head.writeUInt16BE(port, 4);
  const labels = target.split('.').filter((label) => label !== '');
  const name = labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]);
  return Buffer.concat([head, ...name, Buffer.alloc(1)]);
}

function record(type: number, data: Buffer, ttlSeconds: number): Buffer {
  const head = Buffer.alloc(12);
  // The name is that of the question, which begins behind the header.
  head.writeUInt16BE(0xc000 | headerBytes, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttlSeconds, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function ipv6Bytes(address: string): Buffer {
  // The last 32 bits may be written as IPv4.
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [before = '', after] = plain.split('::');
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const head = groups(before);
  const tail = after === undefined ? [] : groups(after);
  const all = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
  const bytes = Buffer.alloc(16);
  all.slice(0, 8).forEach((group, index) => bytes.writeUInt16BE(group, index * 2));
  return bytes;
}
