/**
 * Work that is done again and again, never twice at once.
 */

/**
 * Runs `work`, waits `pauseMs`, and so on; an error is told to `onError` and ends nothing.
 *
 * @returns the function that ends it and waits for what still runs
 */
export function repeatEvery(
  pauseMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let ended = false;
  let running = Promise.resolve();
  let timer = setTimeout(round, pauseMs);
  function round(): void {
    running = work()
      .catch(onError)
      .then(() => {
        if (!ended) timer = setTimeout(round, pauseMs);
      });
  }
  return () => {
    ended = true;
    clearTimeout(timer);
    return running;
  };
}
