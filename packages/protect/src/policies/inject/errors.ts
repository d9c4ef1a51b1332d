import { SeaworthyError } from '../../kernel/errors.ts';

/** The call fails because a fault was injected on purpose. Code `INJECTED`. */
export class InjectedError extends SeaworthyError {
  /** The id of the fault. */
  readonly fault: string;

  constructor(pipeline: string, fault: string, message?: string) {
    super(
      'INJECTED',
      message ?? `The fault "${fault}" is injected into "${pipeline}": the call fails on purpose.`,
      {
        pipeline,
        policy: 'inject',
      },
    );
    this.fault = fault;
  }
}
