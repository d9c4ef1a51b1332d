import { spawnSync } from 'node:child_process';
import type { ProcessEntry, ProcessTable } from './processes.ts';
import { hasGroup, sendSignal } from './send-signal.ts';

/** Runs `ps` with these arguments and returns what it prints. */
export type RunPs = (args: readonly string[]) => string;

/** The processes as `ps` shows them, where there is no `/proc`: on macOS and the BSDs. */
export function psProcesses(ps: RunPs = runPs): ProcessTable {
  return {
    find: (pid) => parsePs(ps(['-o', columns, '-p', String(pid)]))[0],
    list: () => parsePs(ps(['-ax', '-o', columns])),
    withEnvironment(assignment) {
      const found = new Set<number>();
      // The environment follows the command, and both are text with spaces: the mark must be a word of its own.
      for (const line of ps(['-axEww', '-o', 'pid=,command=']).split('\n')) {
        const [pid, ...words] = line.trim().split(/\s+/);
        if (words.includes(assignment)) found.add(Number(pid));
      }
      return found;
    },
    hasGroup,
    signal: sendSignal,
  };
}

const columns = 'pid=,pgid=,stat=,lstart=';

/** Reads lines such as `  812   812 Ss   Tue Nov 24 10:03:07 2026`. */
export function parsePs(text: string): ProcessEntry[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S.*?)\s*$/.exec(line);
    if (!match) return [];
    const [, pid, group, state, started] = match;
    if (state === undefined || started === undefined || state.startsWith('Z')) return [];
    return [{ pid: Number(pid), group: Number(group), startedAt: started.replaceAll(/\s+/g, ' ') }];
  });
}

function runPs(args: readonly string[]): string {
  const { stdout, error } = spawnSync('ps', args, {
    encoding: 'utf8',
    // One language and one time zone, or the same moment would read differently another time.
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    timeout: 5_000,
    maxBuffer: 64 * 2 ** 20,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (error !== undefined) throw error;
  return stdout;
}
