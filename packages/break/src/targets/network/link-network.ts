import { execFile } from 'node:child_process';
import type { LinkNetwork, NameAnswer, UndoStep } from '../../faults/fault.ts';
import type { DnsEffect, DnsResponder, StreamName } from '../../proxy/index.ts';
import { type NamespaceLink, namespaceLink } from './namespace-link.ts';

export interface LinkNetworkOptions {
  /** The link's own address, which stands for the caller at the callee's and for the callee at the caller's. */
  readonly host: string;
  /** The files of the two namespaces. */
  readonly from: string;
  readonly to: string;
  /** The address at which the caller asks whether the callee is ready. */
  readonly readyUrl: string;
  /** The name by which the caller finds the callee, and the name server that it asks. */
  readonly name: string;
  readonly names: DnsResponder;
  /** What a command of the caller begins with, to be where the caller is. */
  readonly enter: readonly string[];
}

/** The sides of the link's proxy, and which way what it loses there went. */
interface Side {
  readonly file: string;
  readonly link: NamespaceLink;
  /** What goes from the caller to the callee leaves the caller's namespace and enters the callee's. */
  readonly streamOf: (stream: StreamName) => StreamName;
}

/** Makes the network on both sides of a link's proxy breakable: what is lost at both is lost between the services. */
export function linkNetwork(options: LinkNetworkOptions): LinkNetwork {
  const { host, from, to, readyUrl, name: hostName, names, enter } = options;
  const side = (file: string, streamOf: Side['streamOf']): Side => ({
    file,
    link: namespaceLink({ namespace: { name: file.slice(file.lastIndexOf('/') + 1) }, to: host }),
    streamOf,
  });
  const sides = [
    side(from, (stream) => stream),
    side(to, (stream) => (stream === 'upstream' ? 'downstream' : 'upstream')),
  ];
  const nameOf = (name: string, stream: StreamName) => `${name} ${stream}`;
  const streams = ['upstream', 'downstream'] as const;

  return {
    async cut(name, cutStreams) {
      for (const { link, streamOf } of sides) {
        for (const stream of cutStreams) {
          const toxic = { name: nameOf(name, stream), type: 'drop', stream: streamOf(stream) };
          await link.addToxic(toxic);
        }
      }
    },
    async mend(name) {
      for (const { link } of sides) {
        for (const stream of streams) await link.removeToxic(nameOf(name, stream));
      }
    },
    undo: (name) =>
      sides.flatMap(({ file, link }) =>
        streams.map(
          (stream): UndoStep => ({ do: 'run', command: link.undo(nameOf(name, stream)), whileThere: file }),
        ),
      ),
    failName(name, { answer, share, delayMs }) {
      names.addFault({
        name: `${hostName} ${name}`,
        host: hostName,
        toxicity: share,
        ...effectOf(answer, delayMs),
      });
    },
    restoreName: (name) => names.removeFault(`${hostName} ${name}`),
    lookUp: (timeoutMs) => runWithin(enter, lookingUp, hostName, timeoutMs),
    check: (timeoutMs) => runWithin(enter, asking, readyUrl, timeoutMs),
  };
}

/** An address that is nobody's: it is set aside for documents (RFC 5737). */
const nobodysAddress = '192.0.2.1';

function effectOf(answer: NameAnswer, delayMs: number): DnsEffect {
  if (answer === 'wrong-address') return { type: answer, addresses: [nobodysAddress] };
  return answer === 'delay' ? { type: answer, delayMs } : { type: answer };
}

/** Looks up a name as most programs do. */
const lookingUp = `const [name, timeoutMs] = process.argv.slice(1);
const from = performance.now();
const say = (answer) => { process.stdout.write(JSON.stringify(answer)); process.exit(); };
require('node:dns').lookup(name, { all: true }, (error, found) => say(error ? { code: error.code } : {
  value: { addresses: found.map(({ address }) => address), durationMs: performance.now() - from },
}));
setTimeout(() => say({ code: 'ETIMEDOUT' }), Number(timeoutMs));`;

/** Asks once, in a process of its own: the only way to ask from within a namespace. */
const asking = `const [url, timeoutMs] = process.argv.slice(1);
const from = performance.now();
const say = (answer) => { process.stdout.write(JSON.stringify(answer)); process.exit(); };
const request = require('node:http').get(url, { agent: false }, (response) => {
  response.resume();
  response.once('end', () => say({ value: { status: response.statusCode, durationMs: performance.now() - from } }));
});
request.once('error', (error) => say({ code: error.code ?? 'ECONNRESET' }));
setTimeout(() => say({ code: 'ETIMEDOUT' }), Number(timeoutMs));`;
/** How long that process may take to start and to say what it saw, beside the time that it waits for an answer. */
const startMsMax = 10_000;

/** Runs a script where the caller is; what it says is its value, or the code of what went wrong. */
function runWithin<T>(enter: readonly string[], script: string, what: string, timeoutMs: number): Promise<T> {
  const command: readonly string[] = [...enter, process.execPath, '-e', script, what, String(timeoutMs)];
  const [program = '', ...args] = command;
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...env } = process.env;
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: timeoutMs + startMsMax, env }, (error, stdout) => {
      if (error) return reject(error);
      const answer = JSON.parse(stdout) as { readonly value: T } | { readonly code: string };
      if ('value' in answer) return resolve(answer.value);
      reject(Object.assign(new Error(`no answer (${answer.code})`), { code: answer.code }));
    });
  });
}
