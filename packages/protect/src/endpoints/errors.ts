import { SeaworthyError } from '../kernel/errors.ts';
import type { NotFoundReason } from '../kernel/events.ts';
import type { EndpointCounts } from './endpoint-set.ts';

/**
 * There is no server to go to, so the call was not made. Code `SERVER_NOT_FOUND`.
 *
 * It is a refusal: retry, hedging and circuit breakers leave it alone, since no server was asked and it comes at once;
 * a fallback answers it. `cause` has the source's own error, where there is one.
 */
export class ServerNotFoundError extends SeaworthyError {
  readonly because: NotFoundReason;
  /** How many servers are known, and how many of them are not used for what reason. */
  readonly known: number;
  readonly unhealthy: number;
  readonly ejected: number;

  constructor(
    endpoints: string,
    because: NotFoundReason,
    source: string,
    { known, unhealthy, ejected }: EndpointCounts,
    fields: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown },
  ) {
    super('SERVER_NOT_FOUND', `No server of "${endpoints}" to go to: ${why()}`, {
      ...fields,
      policy: 'endpoints',
      pipeline: endpoints,
    });
    this.because = because;
    this.known = known;
    this.unhealthy = unhealthy;
    this.ejected = ejected;

    function why(): string {
      if (because === 'closed') return 'its endpoints are closed. Make new ones, or close them later.';
      if (because === 'none-available') {
        return `of ${known} known ${unhealthy} are unhealthy and ${ejected} ejected. See why they fail, or allow a \`panicBelow\` above 0.`;
      }
      if (because === 'source-failed') {
        return `its source (${source}) cannot say where they are: ${messageOf(fields.cause)}. See that the source can be reached.`;
      }
      return `its source (${source}) knows of none. See that servers run and are registered there.`;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
