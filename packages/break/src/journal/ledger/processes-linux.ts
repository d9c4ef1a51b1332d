import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessEntry, ProcessTable } from './processes.ts';
import { hasGroup, sendSignal } from './send-signal.ts';

/** The processes as `/proc` shows them. */
export function linuxProcesses(): ProcessTable {
  // Start times count from the boot, so that after another one the same number may come again.
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

  const find = (pid: number): ProcessEntry | undefined => {
    const text = read(`/proc/${pid}/stat`)?.toString('latin1');
    return text === undefined ? undefined : parseStat(text, boot);
  };
  return {
    find,
    list: () => pids().flatMap((pid) => find(pid) ?? []),
    withEnvironment(assignment) {
      const wanted = Buffer.from(`\0${assignment}\0`);
      return new Set(
        pids().filter((pid) => {
          const environment = read(`/proc/${pid}/environ`);
          return environment !== undefined && holds(environment, wanted);
        }),
      );
    },
    hasGroup,
    signal: sendSignal,
  };
}

/**
 * Reads `/proc/PID/stat`. The second field is the program's name in parentheses, which may itself hold spaces and
 * parentheses; the fields after it count from its last closing one.
 */
export function parseStat(text: string, boot: string): ProcessEntry | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, , group] = fields;
  const startTicks = fields[19];
  const pid = Number.parseInt(text, 10);
  if (state === undefined || startTicks === undefined || Number.isNaN(pid)) return undefined;
  if (state === 'Z' || state === 'X') return undefined;
  return { pid, group: Number(group), startedAt: `${boot}/${startTicks}` };
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Processes come and go while one looks, and others' are none of our business. */
function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Each assignment ends with a zero byte, and begins after one, or at the start. */
function holds(environment: Buffer, wanted: Buffer): boolean {
  return environment.includes(wanted) || environment.indexOf(wanted.subarray(1)) === 0;
}
