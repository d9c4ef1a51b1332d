/** Measuring comes before and after the time that was asked for; a fault must not end within it. */
const marginMs = 30_000;

/** For how long a fault inside a process is leased: its own time, and what it takes to begin and end it. */
export function leaseMsFor(forMs: number): number {
  return forMs + marginMs;
}
