import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIP, isIPv6 } from 'node:net';
import type { Timer } from '@seaworthy/protect';
import { type Address, formatAddress, parseAddress } from '../address.ts';
import { ProxyError } from '../errors.ts';
import { glob } from '../glob.ts';
import { newSeed, seededRandom } from '../random.ts';
import { machineTime, type Time } from '../time.ts';
import { checkDnsFault, type DnsEffect, type DnsFault } from './faults.ts';
import { type DnsService, type Question, readQuestion, responseCodes, writeAnswer } from './message.ts';

/** How names are answered. */
export interface DnsResponderOptions {
  /** Where it listens for UDP queries; `127.0.0.1:0`, a free port on loopback, when left out. */
  readonly listen?: string | undefined;
  /** The addresses of names, IPv4 and IPv6. */
  readonly records?: Readonly<Record<string, readonly string[]>> | undefined;
  /** The services of names such as `_http._tcp.inventory.test`, as SRV records; the hosts' addresses are `records`. */
  readonly services?: Readonly<Record<string, readonly DnsService[]>> | undefined;
  /** The name server that other names are asked of, as host:port; without one they do not exist. */
  readonly forward?: string | undefined;
  /** How long answers may be kept, in seconds; 0 when left out, so that a fault is felt at once. */
  readonly ttlSeconds?: number | undefined;
  /** The faults it begins with. */
  readonly faults?: readonly DnsFault[] | undefined;
  /** Makes the dice repeatable. */
  readonly seed?: number | undefined;
  readonly time?: Time | undefined;
}

/** A query that was answered, or was not. */
export interface DnsQuery {
  readonly host: string;
  /** The record type: 1 is A, 28 is AAAA, 33 is SRV. */
  readonly type: number;
  /** The fault that hit it. */
  readonly fault: string | undefined;
}

/** A name server whose answers can be made bad. */
export interface DnsResponder extends AsyncDisposable {
  /** Where it listens, as host:port, for `resolver.setServers([...])`. */
  readonly listen: string;
  /** The names that it knows, with their addresses. */
  records(): Readonly<Record<string, readonly string[]>>;
  /** Gives a name its addresses; with none, it is forgotten. @throws ProxyError `DNS_FAULT_INVALID` */
  setRecord(host: string, addresses: readonly string[]): void;
  /** The faults that are on. */
  faults(): readonly DnsFault[];
  /** Begins a fault, or replaces the one of its name. @throws ProxyError `DNS_FAULT_INVALID` */
  addFault(fault: DnsFault): void;
  /** Ends a fault; harmless when there is none of that name. */
  removeFault(name: string): void;
  /** The last queries, at most 1000. */
  queries(): readonly DnsQuery[];
  close(): Promise<void>;
}

/** How many of the last queries are kept. */
const queriesMax = 1000;
/** How many late or forwarded answers may wait at once. */
const waitingMax = 1000;
/** How long the other name server is waited for. */
const forwardMs = 5_000;

/**
 * Starts a small name server for tests: it knows the names that it is told, asks another for the rest, and answers
 * late, wrongly or not at all where a fault says so.
 *
 * @throws ProxyError `PROXY_ADDRESS_INVALID`, `PROXY_ADDRESS_UNAVAILABLE`, `DNS_FAULT_INVALID`
 * @example
 * const names = await dnsResponder({ records: { 'inventory.test': ['127.0.0.1'] } });
 * names.addFault({ name: 'gone', host: 'inventory.test', type: 'no-such-name' });
 */
export async function dnsResponder(options: DnsResponderOptions = {}): Promise<DnsResponder> {
  const wanted = parseAddress('listen', options.listen ?? '127.0.0.1:0');
  const records = readRecords(options.records ?? {});
  const services = readServices(options.services ?? {});
  const forward = options.forward === undefined ? undefined : parseAddress('forward', options.forward);
  const { ttlSeconds = 0, seed = newSeed(), time = machineTime } = options;
  const faults = new Map<string, { readonly fault: DnsFault; readonly random: () => number }>();
  const queries: DnsQuery[] = [];
  const waiting = new Set<Timer>();
  const socket = await bind(wanted);

  const addFault = (fault: DnsFault) => {
    faults.set(checkDnsFault(fault).name, { fault, random: seededRandom(seed, 'dns', fault.name) });
  };
  for (const fault of options.faults ?? []) addFault(fault);
  socket.on('message', (message, from) => receive(message, from));
  socket.on('error', () => undefined);

  function receive(message: Buffer, from: RemoteInfo): void {
    const question = readQuestion(message);
    if (!question) return;
    const fault = findFault(question.name);
    queries.push({ host: question.name, type: question.type, fault: fault?.name });
    if (queries.length > queriesMax) queries.shift();
    const reply = (answer: Buffer) => socket.send(answer, from.port, from.address, () => undefined);
    if (fault?.type === 'delay') later(fault.delayMs, () => answerRightly(question, message, reply));
    else if (fault) answerWrongly(fault, question, reply);
    else answerRightly(question, message, reply);
  }

  function findFault(host: string): DnsFault | undefined {
    for (const { fault, random } of faults.values()) {
      if (glob(fault.host.toLowerCase(), host) && random() < (fault.toxicity ?? 1)) return fault;
    }
    return undefined;
  }

  function answerWrongly(fault: DnsEffect, question: Question, reply: (answer: Buffer) => void): void {
    if (fault.type === 'no-such-name') reply(writeAnswer(question, responseCodes.noSuchName));
    else if (fault.type === 'server-failure') reply(writeAnswer(question, responseCodes.serverFailure));
    else if (fault.type === 'refused') reply(writeAnswer(question, responseCodes.refused));
    else if (fault.type === 'no-address') reply(writeAnswer(question, responseCodes.noError));
    else if (fault.type === 'wrong-address') {
      reply(writeAnswer(question, responseCodes.noError, fault.addresses, ttlSeconds));
    }
  }

  function answerRightly(question: Question, message: Buffer, reply: (answer: Buffer) => void): void {
    const addresses = records.get(question.name);
    const found = services.get(question.name);
    if (addresses || found) reply(writeAnswer(question, responseCodes.noError, addresses, ttlSeconds, found));
    else if (forward) ask(forward, message, reply);
    else reply(writeAnswer(question, responseCodes.noSuchName));
  }

  /** Asks the other name server; no answer of it is no answer here. */
  function ask(server: Address, message: Buffer, reply: (answer: Buffer) => void): void {
    if (waiting.size >= waitingMax) return;
    const out = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4');
    const done = () => {
      timer.cancel();
      if (waiting.delete(timer)) out.close();
    };
    const timer: Timer = { cancel: () => patience.cancel() };
    const patience = time.timers.set(done, forwardMs);
    waiting.add(timer);
    out.once('message', (answer) => {
      done();
      reply(answer);
    });
    out.once('error', done);
    out.send(message, server.port, server.host);
  }

  function later(delayMs: number, work: () => void): void {
    if (waiting.size >= waitingMax) return;
    const timer = time.timers.set(() => {
      waiting.delete(timer);
      work();
    }, delayMs);
    waiting.add(timer);
  }

  const close = async () => {
    for (const timer of waiting) timer.cancel();
    waiting.clear();
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  };
  const bound = socket.address();
  return {
    listen: formatAddress(bound.address, bound.port),
    records: () => Object.fromEntries(records),
    setRecord(host, addresses) {
      const [name = '', checked = []] = [...readRecords({ [host]: addresses })][0] ?? [];
      if (checked.length > 0) records.set(name, checked);
      else records.delete(name);
    },
    faults: () => [...faults.values()].map(({ fault }) => fault),
    addFault,
    removeFault: (name) => void faults.delete(name),
    queries: () => [...queries],
    close,
    [Symbol.asyncDispose]: close,
  };
}

function readRecords(records: Readonly<Record<string, readonly string[]>>): Map<string, readonly string[]> {
  for (const [host, addresses] of Object.entries(records)) {
    const wrong = addresses.find((address) => isIP(address) === 0);
    if (wrong === undefined) continue;
    throw new ProxyError(
      'DNS_FAULT_INVALID',
      `Expected the addresses of ${host} to be IP addresses, got ${JSON.stringify(wrong)}.`,
    );
  }
  return new Map(Object.entries(records).map(([host, addresses]) => [host.toLowerCase(), addresses]));
}

function readServices(
  services: Readonly<Record<string, readonly DnsService[]>>,
): ReadonlyMap<string, readonly DnsService[]> {
  const isShort = (value = 0) => Number.isInteger(value) && value >= 0 && value <= 65_535;
  for (const [name, all] of Object.entries(services)) {
    const wrong = all.find(
      ({ target, port, priority, weight }) =>
        ![port, priority, weight].every(isShort) || !target.split('.').every((label) => label.length < 64),
    );
    if (wrong === undefined) continue;
    throw new ProxyError(
      'DNS_FAULT_INVALID',
      `Expected the services of ${name} to have a host name as \`target\`, and numbers from 0 to 65535, got ${JSON.stringify(wrong)}.`,
    );
  }
  return new Map(Object.entries(services).map(([name, all]) => [name.toLowerCase(), all]));
}

async function bind({ host, port }: Address): Promise<Socket> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (cause) => {
      const text = formatAddress(host, port);
      reject(
        new ProxyError(
          'PROXY_ADDRESS_UNAVAILABLE',
          `The name server cannot listen on ${text}: ${cause.message}.`,
          { cause },
        ),
      );
    });
    socket.bind({ port, address: host }, resolve);
  });
  return socket;
}
