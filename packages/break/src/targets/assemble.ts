import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { nativeRandom } from '@seaworthy/protect';
import type { Mode, ServiceDefinition, SystemDefinition } from '../experiment/model.ts';
import { checkDefinition } from './check-definition.ts';
import { findProgram } from './command.ts';
import { environmentOf } from './environment.ts';
import { SystemError } from './errors.ts';
import { type Link, openLink } from './link.ts';
import { openNetwork } from './network/open-network.ts';
import type { SystemNetwork } from './network/system-network.ts';
import { type ServiceOutput, openOutput } from './output.ts';
import { type ReservedPort, ownPort, reserveFreePort, reservePort } from './ports.ts';
import { Service } from './service.ts';
import type { ServiceExit } from './service-options.ts';
import type { StartSystemOptions } from './start-options.ts';
import { type Time, systemTime, unixMs } from './time.ts';

/** The parts of a system, wired together; no process runs yet. */
export interface Assembly {
  readonly services: ReadonlyMap<string, Service>;
  readonly links: readonly Link[];
  /** Closes links and files; for after the services were stopped. */
  readonly close: () => Promise<void>;
}

/** What a service has before it is one. */
interface Place {
  readonly definition: ServiceDefinition;
  readonly command: readonly string[];
  readonly dataFolder: string;
  readonly output: ServiceOutput;
  readonly port: ReservedPort;
}

/**
 * Makes everything that a system needs before its first process: ports, folders, links.
 *
 * @throws SystemError when something is wrong; nothing is held then
 */
export async function assemble(
  definition: SystemDefinition,
  options: StartSystemOptions,
  onExit: (exit: ServiceExit) => void,
): Promise<Assembly> {
  const mode = checkDefinition(definition, options.mode);
  const { ledger, watch, onRecord, seed = 1, environment: inherited = process.env } = options;
  const time = systemTime(options.clock);
  const folder = dirname(definition.file);
  const commands = await findPrograms(definition, folder, inherited, mode);

  // Whatever was opened is closed again, the latest first, if a later part fails.
  const held: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const letGo of held.splice(0).toReversed()) await letGo();
  };
  try {
    const network = await openNetwork(definition, {
      ledger,
      random: nativeRandom,
      folder: resolve(options.runFolder, 'network'),
    });
    held.push(() => network.close());
    const places = await openPlaces(definition, commands, options.runFolder, network, time, held);
    const links = await openLinks(places, network, seed, time, held);
    await network.shareLabPort(Number(new URL(watch.url).port));
    const services = new Map<string, Service>();
    for (const place of places.values()) {
      const { name, port } = place.definition;
      const linksTo = links.filter(({ handle }) => handle.to === name);
      const movePort = async (): Promise<ReservedPort> => {
        const other = await reserveFreePort(nativeRandom);
        for (const link of linksTo) await link.pointTo(other.port);
        return other;
      };
      const callUrls = new Map(
        links.filter(({ handle }) => handle.from === name).map(({ handle, callUrl }) => [handle.to, callUrl]),
      );
      const { dataFolder, definition: service } = place;
      services.set(
        name,
        new Service({
          ...place,
          cwd: folder,
          place: network.place(name),
          movePort: port === undefined && network.kind === 'loopback' ? movePort : undefined,
          environment: (port) =>
            environmentOf({ service, mode, port, dataFolder, callUrls, watch, inherited }),
          ledger,
          watch,
          time,
          onRecord,
          onExit,
        }),
      );
    }
    return { services, links, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function findPrograms(
  { services }: SystemDefinition,
  folder: string,
  inherited: Readonly<Record<string, string | undefined>>,
  mode: Mode | undefined,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const commands = new Map<string, readonly string[]>();
  for (const { name, command, env } of services) {
    const path = mode?.env['PATH'] ?? env['PATH'] ?? inherited['PATH'] ?? '';
    commands.set(name, [await findProgram(name, command, folder, path), ...command.slice(1)]);
  }
  return commands;
}

async function openPlaces(
  { services }: SystemDefinition,
  commands: ReadonlyMap<string, readonly string[]>,
  runFolder: string,
  network: SystemNetwork,
  time: Time,
  held: (() => Promise<void>)[],
): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>();
  const now = () => unixMs(time.clock);
  for (const definition of services) {
    const { name } = definition;
    const port = await choosePort(definition, network);
    held.push(() => port.release());
    await network.place(name).openPort(port.port);
    const dataFolder = resolve(runFolder, 'data', name);
    const logs = resolve(runFolder, 'logs');
    const output = await writable(runFolder, async () => {
      await mkdir(dataFolder, { recursive: true });
      await mkdir(logs, { recursive: true });
      return openOutput(join(logs, `${name}.jsonl`), { now });
    });
    held.push(() => output.close());
    places.set(name, { definition, command: commands.get(name) ?? [], dataFolder, output, port });
  }
  return places;
}

async function choosePort({ name, port }: ServiceDefinition, { kind }: SystemNetwork): Promise<ReservedPort> {
  if (kind === 'namespaces') return port === undefined ? ownPort(nativeRandom) : { port, async release() {} };
  return port === undefined ? reserveFreePort(nativeRandom) : reservePort(name, port);
}

async function openLinks(
  places: ReadonlyMap<string, Place>,
  network: SystemNetwork,
  seed: number,
  time: Time,
  held: (() => Promise<void>)[],
): Promise<readonly Link[]> {
  const links: Link[] = [];
  for (const { definition } of places.values()) {
    for (const callee of definition.calls) {
      const to = places.get(callee);
      if (to === undefined) continue;
      const link = await openLink({
        from: definition.name,
        to: callee,
        place: network.link(definition.name, callee),
        upstreamHost: network.place(callee).host,
        upstreamPort: to.port.port,
        readyPath: to.definition.ready,
        seed: seed + links.length,
        random: nativeRandom,
        time,
      });
      held.push(() => link.close());
      links.push(link);
    }
  }
  return links;
}

async function writable<T>(runFolder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SystemError(
      'RUN_FOLDER_UNWRITABLE',
      `Cannot write to the run's folder ${runFolder}: ${why}.`,
      error,
    );
  }
}
