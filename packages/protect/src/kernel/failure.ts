/** A failure in words, since an error itself does not survive its process. */
export interface RecordedFailure {
  readonly name: string;
  readonly message: string;
}

/** Puts a failure into words that a store can keep. */
export function describeFailure(error: unknown): RecordedFailure {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  return { name, message: message.slice(0, 1_000) };
}
