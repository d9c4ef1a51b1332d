import { isSystemError } from '../errors.ts';

/** Sends a signal to a process, or to a group by its negated number; false when there is none. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  return trySignal(pid, signal);
}

/** Whether a process group has any process. */
export function hasGroup(group: number): boolean {
  try {
    return trySignal(-group, 0);
  } catch {
    // There is one, and it is not ours.
    return true;
  }
}

function trySignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  // 0 and -1 would reach our own group, and everything: no ledger may ever say that.
  if (!Number.isInteger(pid) || Math.abs(pid) <= 1) {
    throw new RangeError(`Expected the pid of a process to signal, got ${pid}.`);
  }
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (isSystemError(error, 'ESRCH')) return false;
    throw error;
  }
}
