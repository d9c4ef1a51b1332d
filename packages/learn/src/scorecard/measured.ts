/** A quality that was measured, or the reason why it was not and what would make it measurable. */
export type Measured<Value> =
  | { readonly measured: true; readonly value: Value }
  | { readonly measured: false; readonly because: string; readonly toMeasure: string };

/** A value that was measured. */
export function measured<Value>(value: Value): Measured<Value> {
  return { measured: true, value };
}

/**
 * A value that was not.
 *
 * @param because - what is missing, as a clause without a full stop
 * @param toMeasure - what to add, as a clause that begins with a verb
 */
export function notMeasured(because: string, toMeasure: string): Measured<never> {
  return { measured: false, because, toMeasure };
}
