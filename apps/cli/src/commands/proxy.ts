/** `seaworthy proxy`: the TCP proxy with Toxiproxy's HTTP API, for whatever speaks it. */
import { startProxyServer } from '@seaworthy/break/proxy';
import { InvalidArgumentError } from 'commander';
import type { AddCommand } from '../command.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { say } from '../terminal.ts';

interface ProxyCommandOptions {
  readonly host: string;
  readonly port: number;
  readonly config?: string;
  readonly seed?: number;
  readonly proxyMetrics?: true;
  readonly runtimeMetrics?: true;
  readonly dns?: string;
  readonly dnsForward?: string;
}

/** Adds the command. */
export const addProxy: AddCommand = (program, { out }) => {
  program
    .command('proxy')
    .summary("serve the proxy with Toxiproxy's HTTP API")
    .description(
      "Serves a TCP proxy that Toxiproxy's clients can drive: it delays, cuts, slows and loses what passes through. " +
        'It listens on this machine only, unless --host says otherwise. Options may be written with one dash, too.',
    )
    .option('--host <ADDRESS>', 'where the HTTP API listens', 'localhost')
    .option('--port <NUMBER>', 'its port; 0 takes a free one', portNumber, 8474)
    .option('--config <FILE>', 'a JSON file of proxies to begin with')
    .option('--seed <NUMBER>', 'makes every random choice repeatable', wholeNumber)
    .option('--proxy-metrics', 'count the bytes of each proxy at /metrics')
    .option('--runtime-metrics', 'tell of this process at /metrics')
    .option('--dns <ADDRESS:PORT>', 'serve a name server whose answers can be made wrong')
    .option('--dns-forward <ADDRESS:PORT>', 'the name server that is asked for other names')
    .addHelpText(
      'after',
      '\nExamples:\n  seaworthy proxy\n  seaworthy proxy -host 127.0.0.1 -port 8475 -config proxies.json -seed 42',
    )
    .action(async (options: ProxyCommandOptions) => {
      using interrupt = listenForInterrupt();
      const server = await startProxyServer(options);
      say(out, `The HTTP API listens on ${server.url}, seed ${server.seed}. Ctrl-C ends it.`);
      if (server.dns !== undefined) say(out, `The name server listens on ${server.dns}, UDP.`);
      for (const proxy of server.proxies()) say(out, `  ${proxy.name}: ${proxy.listen} -> ${proxy.upstream}`);
      await aborted(interrupt.signal);
      await server.close();
    });
};

/** Go's programs take long options with one dash, and so do the scripts that start Toxiproxy. */
export function withDoubleDashes(args: readonly string[]): readonly string[] {
  const options = /^-(host|port|config|seed|proxy-metrics|runtime-metrics|dns|dns-forward)(=.*)?$/;
  return args[0] === 'proxy'
    ? args.map((argument) => (options.test(argument) ? `-${argument}` : argument))
    : args;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port > 65_535) throw new InvalidArgumentError('Expected a port from 0 to 65535.');
  return port;
}

/** Reads a whole number that is not negative. */
export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number, 0 or more.');
}
