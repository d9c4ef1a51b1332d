import { SeaworthyError } from '../../kernel/errors.ts';

/** The other side turned so many calls away lately that this one was held back here. Code `THROTTLED`. */
export class ThrottledError extends SeaworthyError {
  /** The share of calls that are held back at the moment, from 0 to 1. */
  readonly probability: number;

  constructor(pipeline: string, probability: number) {
    super(
      'THROTTLED',
      `"${pipeline}" holds back ${Math.round(probability * 100)} % of its calls, since the other side turned away most of the last ones; this call was not made.`,
      { pipeline, policy: 'throttle' },
    );
    this.probability = probability;
  }
}
