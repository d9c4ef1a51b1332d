import { discard } from '../kernel/discard.ts';
import { OptionsError } from '../kernel/errors.ts';
import { knownKeys } from '../kernel/options.ts';
import type { HealthCheck } from './health-checks.ts';

/** What a server is asked over HTTP. */
export interface HttpCheckOptions {
  /** Whether a status is that of a healthy server. Default: 200 to 299. */
  readonly isHealthy?: (status: number) => boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the platform's `fetch`. */
  readonly fetch?: typeof fetch;
}

/**
 * A health check by a GET request. A redirect is no healthy answer: it is not followed.
 *
 * @param path - the path on each server, such as `/health`
 * @throws OptionsError
 * @example endpoints('inventory', { source, health: { check: httpCheck('/health') } })
 */
export function httpCheck(path: string, options: HttpCheckOptions = {}): HealthCheck {
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw new OptionsError('path', path, "a path such as '/health'");
  }
  knownKeys('httpCheck', options, ['isHealthy', 'headers', 'fetch']);
  const { isHealthy = (status) => status >= 200 && status < 300, headers = {} } = options;
  return async ({ url }, signal) => {
    const ask = options.fetch ?? fetch;
    const response = await ask(new URL(path, url), { signal, headers, redirect: 'manual' });
    discard(response);
    if (!isHealthy(response.status)) throw new Error(`${path} answered with status ${response.status}`);
  };
}
