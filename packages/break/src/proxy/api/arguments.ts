import { ProxyError } from '../errors.ts';
import type { ProxyServerOptions } from './server.ts';

/** What the command line of the proxy server asked for. */
export interface ProxyArguments {
  readonly options: ProxyServerOptions;
  /** Print the version and end. */
  readonly version: boolean;
}

/**
 * Reads the options of Toxiproxy's server: `-host`, `-port`, `-config`, `-seed`, `-proxy-metrics`, `-runtime-metrics`
 * and `-version`, with one dash or two, the value behind a blank or `=`.
 *
 * @throws ProxyError `PROXY_ARGUMENT_INVALID`
 * @example readProxyArguments(['-port', '8474', '-config=proxies.json', '-seed', '42'])
 */
export function readProxyArguments(args: readonly string[]): ProxyArguments {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? '';
    const match = /^--?([a-z][a-z-]*)(?:=(.*))?$/s.exec(argument);
    const name = match?.[1] ?? '';
    if (!match || !(name in flags)) throw invalid(argument, 'no option of the proxy', `one of ${shown()}`);
    if (match[2] !== undefined) {
      given.set(name, match[2]);
    } else if (flags[name] === 'switch') {
      given.set(name, 'true');
    } else {
      at += 1;
      const value = args[at];
      if (value === undefined) throw invalid(argument, 'an option without its value', `${argument} VALUE`);
      given.set(name, value);
    }
  }
  const host = given.get('host');
  const config = given.get('config');
  return {
    options: {
      ...(host !== undefined && { host }),
      ...(config !== undefined && { config }),
      ...(given.has('port') && { port: readPort(given.get('port') ?? '') }),
      ...(given.has('seed') && { seed: readSeed(given.get('seed') ?? '') }),
      proxyMetrics: readSwitch(given, 'proxy-metrics'),
      runtimeMetrics: readSwitch(given, 'runtime-metrics'),
    },
    version: readSwitch(given, 'version'),
  };
}

const flags: Readonly<Record<string, 'value' | 'switch'>> = {
  host: 'value',
  port: 'value',
  config: 'value',
  seed: 'value',
  'proxy-metrics': 'switch',
  'runtime-metrics': 'switch',
  version: 'switch',
};

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw invalid(`-port ${text}`, 'no port', 'a whole number from 0 to 65535');
}

function readSeed(text: string): number {
  if (/^-?\d{1,19}$/.test(text)) return Number(text);
  throw invalid(`-seed ${text}`, 'no seed', 'a whole number');
}

function readSwitch(given: ReadonlyMap<string, string>, name: string): boolean {
  const text = given.get(name) ?? 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  throw invalid(`-${name}=${text}`, 'no switch', 'true or false');
}

function shown(): string {
  return Object.keys(flags)
    .map((name) => `-${name}`)
    .join(', ');
}

function invalid(argument: string, what: string, mend: string): ProxyError {
  return new ProxyError(
    'PROXY_ARGUMENT_INVALID',
    `${JSON.stringify(argument)} is ${what}; expected ${mend}.`,
  );
}
