import { type ProcessEntry, type ProcessName, type ProcessTable, findSame, signalSame } from './processes.ts';

/** Waits so many milliseconds. */
export type Sleep = (delayMs: number) => Promise<void>;

/** How often a process is looked for after SIGKILL, and how long: one that waits for a dead disk may not go at all. */
const lookEveryMs = 20;
const looksMax = 150;

/**
 * Ends a process that the lab started, with all of its group, at once and for certain. SIGCONT comes first, so that
 * nothing is left stopped even where the kill is refused.
 *
 * When the process itself is gone, what it started may still run in its group. By then the group's number proves
 * nothing, so only those whose environment bears the run's mark are ended.
 *
 * @param mark - the assignment that every process of the run has in its environment
 * @returns the pids that would not go; empty when all is well
 */
export async function endProcess(
  table: ProcessTable,
  name: ProcessName,
  mark: string | undefined,
  sleep: Sleep,
): Promise<readonly number[]> {
  return killUntilGone(table, sleep, () => {
    if (findSame(table, name) !== undefined) return [name];
    if (!table.hasGroup(name.pid)) return [];
    // A stranger with its pid shows that the group had died out, or the pid could not have been given again.
    if (table.find(name.pid) !== undefined) return [];
    const members = table.list().filter((other) => other.group === name.pid);
    return members.length === 0 || mark === undefined ? [] : marked(table, members, mark);
  });
}

/**
 * Ends every process whose environment bears the run's mark, except `spared`: those that left their group.
 *
 * @returns how many were found, and the pids that would not go
 */
export async function endMarked(
  table: ProcessTable,
  mark: string,
  spared: ReadonlySet<number>,
  sleep: Sleep,
): Promise<{ readonly found: number; readonly left: readonly number[] }> {
  const seen = new Set<number>();
  const left = await killUntilGone(table, sleep, () => {
    const bearers = table.withEnvironment(mark);
    const found = [...bearers].flatMap((pid) => (spared.has(pid) ? [] : (table.find(pid) ?? [])));
    for (const { pid } of found) seen.add(pid);
    return found;
  });
  return { found: seen.size, left };
}

async function killUntilGone(
  table: ProcessTable,
  sleep: Sleep,
  living: () => readonly ProcessName[],
): Promise<readonly number[]> {
  for (let look = 0; ; look++) {
    const names = living();
    if (names.length === 0 || look === looksMax) return names.map(({ pid }) => pid);
    for (const name of names) {
      signalSame(table, name, 'SIGCONT');
      signalSame(table, name, 'SIGKILL');
    }
    await sleep(lookEveryMs);
  }
}

function marked(table: ProcessTable, members: readonly ProcessEntry[], mark: string): ProcessEntry[] {
  const bearers = table.withEnvironment(mark);
  return members.filter(({ pid }) => bearers.has(pid));
}
