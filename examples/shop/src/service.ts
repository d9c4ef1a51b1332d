/**
 * How every service of the shop starts and ends.
 */

import { type Config, readConfig } from './config.ts';
import { type Log, observe } from './observe.ts';
import type { Route } from './router.ts';
import { type Handler, listen, type ServerOptions } from './server.ts';

/** What a service is given. */
export interface ServiceContext {
  readonly config: Config;
  readonly log: Log;
}

/** What a service is made of. */
export interface ServiceParts {
  readonly routes: readonly Route<Handler>[];
  readonly admit?: ServerOptions['admit'];
  /** Ends what the service keeps open, once no request runs any more. */
  readonly close?: () => void | Promise<void>;
}

/**
 * Starts the service `name` in this process and ends it in order on SIGTERM, SIGINT, or when whoever started it is
 * gone. What keeps it from starting is said in one line, with exit code 2.
 */
export async function startService(
  name: string,
  build: (context: ServiceContext) => ServiceParts | Promise<ServiceParts>,
): Promise<void> {
  const observation = observe(name);
  const { log } = observation;
  try {
    const config = readConfig(process.env);
    const parts = await build({ config, log });
    const server = await listen(config.port, {
      routes: parts.routes,
      admit: parts.admit,
      onFailure: ({ method, path }, problem) =>
        log.warn('request failed', { method, path, status: problem.status, error: causeOf(problem) }),
    });
    log.info('listening', { port: server.port, mode: config.mode });
    process.send?.({ port: server.port });
    endInOrder(async () => {
      await server.close();
      await parts.close?.();
      log.info('ended', {});
      await observation.close();
    });
  } catch (error) {
    log.error('did not start', { error: causeOf(error) });
    await observation.close();
    process.exitCode = 2;
  }
}

function endInOrder(end: () => Promise<void>): void {
  let ending = false;
  const endOnce = (): void => {
    if (ending) return;
    ending = true;
    void end().finally(() => process.exit());
  };
  process.once('SIGTERM', endOnce);
  process.once('SIGINT', endOnce);
  process.once('disconnect', endOnce);
}

/** What went wrong, in a line. */
function causeOf(error: unknown): string {
  const deepest = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return deepest instanceof Error ? deepest.message : String(deepest);
}
