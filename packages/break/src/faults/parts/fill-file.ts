/**
 * A file that takes up room on a disk, and never the last of it.
 */
import { randomFill } from 'node:crypto';
import { open, rm, stat, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { FaultError } from './fault-error.ts';

const megabyte = 2 ** 20;
const blockBytes = megabyte;
const fillRandom = promisify(randomFill);

/** How much room is free for users in the file system of a folder, in bytes. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** How much room a file takes up; 0 when there is none. */
export async function takenBytes(path: string): Promise<number> {
  // In units of 512 bytes, whatever the file system's own are.
  return stat(path).then(
    ({ blocks }) => blocks * 512,
    () => 0,
  );
}

/**
 * How much of `size` can be written so that `keepFree` stays free.
 *
 * @throws FaultError `FAULT_IMPOSSIBLE` when that is nothing
 */
export function roomFor(size: number, keepFree: number, free: number, folder: string): number {
  const room = Math.min(size, free - keepFree);
  if (room >= megabyte) return room;
  throw new FaultError(
    'FAULT_IMPOSSIBLE',
    `exhaust-disk cannot fill ${folder}: ${showMegabytes(free)} are free, and ${showMegabytes(keepFree)} must stay so. Choose a smaller \`keep-free\`.`,
  );
}

/** Writes a new file of so many bytes. Of random ones, since a file system may keep equal ones once. */
export async function writeFill(path: string, bytes: number): Promise<void> {
  const block = Buffer.allocUnsafe(blockBytes);
  const file = await open(path, 'wx', 0o600);
  try {
    for (let written = 0; written < bytes; ) {
      await fillRandom(block);
      const { bytesWritten } = await file.write(block, 0, Math.min(blockBytes, bytes - written));
      written += bytesWritten;
    }
  } finally {
    await file.close();
  }
}

/** Removes the file; harmless when there is none. */
export async function removeFill(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** Bytes as people read them. */
export function showMegabytes(bytes: number): string {
  return `${Math.round(bytes / megabyte)} MiB`;
}
