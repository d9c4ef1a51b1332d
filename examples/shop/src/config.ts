/**
 * What a service is told from outside: all of it through environment variables, read once, refused early.
 */

/** `protected` calls through `@seaworthy/protect`; `naive` calls as many a team does at first. */
export type Mode = 'protected' | 'naive';

/** What every service of the shop knows when it starts. */
export interface Config {
  readonly mode: Mode;
  /** The port to listen on; 0 lets the system choose. */
  readonly port: number;
  /** The folder in which the service keeps its data. */
  readonly dataFolder: string;
  /** Where payment keeps the keys of its charges, when not in a file: the address of a PostgreSQL or a Redis. */
  readonly records: string | undefined;
  /** The address of a service that this one calls, from `NAME_URL`, without a slash at its end. */
  readonly urlOf: (service: string) => string;
}

/**
 * Reads the configuration of a service.
 *
 * @throws Error when a variable is missing or wrong; the message names it and what it should be
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  return {
    mode: readMode(env['SHOP_MODE'] ?? 'protected'),
    port: readPort(env['PORT'] ?? '0'),
    dataFolder: readText(env, 'DATA_FOLDER', 'the folder for the databases'),
    records: readRecords(env['PAYMENT_RECORDS']),
    urlOf: (service) => readUrl(env, `${service.toUpperCase().replaceAll('-', '_')}_URL`, service),
  };
}

function readMode(value: string): Mode {
  if (value === 'protected' || value === 'naive') return value;
  throw new Error(`Expected SHOP_MODE to be "protected" or "naive", got "${value}".`);
}

function readPort(value: string): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port <= 65_535) return port;
  throw new Error(`Expected PORT to be a whole number from 0 to 65535, got "${value}".`);
}

function readRecords(value: string | undefined): string | undefined {
  if (value === undefined || value === '' || /^(postgres(ql)?|redis):\/\//.test(value))
    return value || undefined;
  throw new Error(
    `Expected PAYMENT_RECORDS to be an address that begins with postgres:// or redis://, got "${value}".`,
  );
}

function readText(env: Readonly<Record<string, string | undefined>>, name: string, meaning: string): string {
  const value = env[name];
  if (value) return value;
  throw new Error(`${name} is not set. Set it to ${meaning}.`);
}

function readUrl(env: Readonly<Record<string, string | undefined>>, name: string, service: string): string {
  const value = readText(env, name, `the address of ${service}, such as http://127.0.0.1:4000`);
  if (!URL.canParse(value)) throw new Error(`Expected ${name} to be an address, got "${value}".`);
  return value.replace(/\/$/, '');
}
