/**
 * No fault, but the control measurement of one: whether this very process can write to its data folder. Only the
 * process itself can tell.
 */
import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { constants } from 'node:os';
import { type InsideFault, numberOption } from './inside-fault.ts';

/**
 * Writes a few bytes `at` a place in a new file in `folder`, and removes it; measures `failed` (0 or 1) and `errno`, the
 * system's number of the error. What lies before the place takes no room.
 */
export const checkWrites: InsideFault = {
  name: 'check-writes',
  async begin(options) {
    const { folder } = options;
    const at = numberOption({ at: 0, ...options }, 'at', 0, Number.MAX_SAFE_INTEGER);
    if (typeof folder !== 'string' || !isAbsolute(folder)) {
      throw new TypeError(`Expected \`folder\` to be an absolute path, got ${String(folder)}.`);
    }
    const path = join(folder, `.seaworthy-write-check-${randomUUID()}`);
    const errno = await errnoOfWrite(path, at);
    return { measure: () => ({ failed: errno === 0 ? 0 : 1, errno }), end() {} };
  },
};

async function errnoOfWrite(path: string, at: number): Promise<number> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.write('seaworthy', at);
    } finally {
      await file.close();
      await rm(path, { force: true });
    }
    return 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return constants.errno[code as keyof typeof constants.errno] ?? -1;
  }
}
