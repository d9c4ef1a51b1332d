/** What the watchdog says once it watches. */
export const greeting = 'watching\n';

/** What the runner says when there is nothing left to undo. */
export const farewell = 'done\n';
