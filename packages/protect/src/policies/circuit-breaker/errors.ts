import type { BreakerState } from '../../kernel/events.ts';
import { SeaworthyError } from '../../kernel/errors.ts';

/** The circuit breaker lets no call pass at the moment. Code `CIRCUIT_OPEN`. */
export class CircuitOpenError extends SeaworthyError {
  readonly state: BreakerState;

  constructor(pipeline: string, state: BreakerState, retryAfterMs: number | undefined) {
    const again = retryAfterMs === undefined ? '' : ` Try again in ${Math.ceil(retryAfterMs)} ms.`;
    super('CIRCUIT_OPEN', `The circuit breaker of "${pipeline}" is ${state}.${again}`, {
      pipeline,
      policy: 'circuit-breaker',
      retryAfterMs,
    });
    this.state = state;
  }
}
