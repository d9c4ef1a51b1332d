import { wireEnvironment } from '@seaworthy/watch';
import type { Mode, ServiceDefinition } from '../experiment/model.ts';
import type { WatchChannel } from './needs.ts';

export interface EnvironmentParts {
  readonly service: ServiceDefinition;
  readonly mode: Mode | undefined;
  readonly port: number;
  readonly dataFolder: string;
  /** The address of each service that this one calls, by way of its link. */
  readonly callUrls: ReadonlyMap<string, string>;
  readonly watch: Pick<WatchChannel, 'url' | 'token'>;
  /** What the lab itself was given; services find their programs and credentials there. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
}

/**
 * The environment of a service: the lab's own, then what the system file gives, then what the lab hands over. The
 * last has the last word, or the lab could not hold the system together.
 */
export function environmentOf(parts: EnvironmentParts): Record<string, string | undefined> {
  const { service, mode, inherited, watch } = parts;
  return {
    ...withoutOwn(inherited),
    ...service.env,
    ...mode?.env,
    PORT: String(parts.port),
    DATA_FOLDER: parts.dataFolder,
    ...Object.fromEntries([...parts.callUrls].map(([name, url]) => [urlVariable(name), url])),
    [wireEnvironment.url]: watch.url,
    [wireEnvironment.token]: watch.token,
    [wireEnvironment.service]: service.name,
  };
}

/** The variable in which a service finds the address of another: `INVENTORY_URL`. */
function urlVariable(service: string): string {
  return `${service.toUpperCase().replaceAll('-', '_')}_URL`;
}

/** What the lab has of another lab, in which it may itself run, is not its services' business. */
function withoutOwn(
  inherited: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(inherited).filter(([name]) => !name.startsWith('SEAWORTHY_')));
}
