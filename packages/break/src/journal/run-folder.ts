import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isSystemError, JournalError, reasonOf } from './errors.ts';

/** The folder within a project that holds its runs. */
const runsFolder = join('.seaworthy', 'runs');

export interface RunFolderOptions {
  /** What the run is about; its first words become part of the folder's name. */
  readonly title: string;
  /** When the run begins; the name has its local time. */
  readonly startedAt: Date;
}

/**
 * Makes the folder of a new run: `BASE/.seaworthy/runs/2026-11-24T10-03-07-customers-can-browse`. Two runs within a
 * second get two folders. `.seaworthy` is kept out of version control by a `.gitignore` of its own.
 *
 * @param base - the project's folder
 * @returns the absolute path of the new folder
 * @throws JournalError `RUN_FOLDER_UNWRITABLE`
 * @example
 * const folder = await createRunFolder(process.cwd(), { title: 'Inventory is down', startedAt: new Date() });
 */
export async function createRunFolder(base: string, options: RunFolderOptions): Promise<string> {
  const runs = resolve(base, runsFolder);
  const name = [timeInNames(options.startedAt), slug(options.title)].filter((part) => part !== '').join('-');
  try {
    await mkdir(runs, { recursive: true });
    await ignoreFolder(join(base, '.seaworthy'));
    const folder = await makeFirstFree(runs, name);
    await proveWritable(folder);
    return folder;
  } catch (error) {
    throw new JournalError(
      'RUN_FOLDER_UNWRITABLE',
      `Cannot write the run's folder in ${runs}: ${reasonOf(error)}. Make it writable, or run from another folder.`,
      error,
    );
  }
}

const sameNameMax = 1000;

/** `mkdir` both asks and takes, so that two runs that start at once never share a folder. */
async function makeFirstFree(runs: string, name: string): Promise<string> {
  for (let n = 1; ; n++) {
    const folder = join(runs, n === 1 ? name : `${name}-${n}`);
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if (!isSystemError(error, 'EEXIST') || n === sameNameMax) throw error;
    }
  }
}

/** A full disk may take a folder and refuse a file's bytes; better to know it before services start. */
async function proveWritable(folder: string): Promise<void> {
  const probe = join(folder, 'writable');
  try {
    await writeFile(probe, 'yes\n');
    await rm(probe);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function ignoreFolder(folder: string): Promise<void> {
  try {
    await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  }
}

/** Local time, since people look for "the run of ten o'clock"; no colons, which Windows and URLs dislike. */
function timeInNames(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}-${two(date.getMinutes())}-${two(date.getSeconds())}`;
}

const slugLengthMax = 40;

/** The title's first words in letters that every file system takes. */
function slug(title: string): string {
  const words = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  let text = '';
  for (const word of words) {
    const longer = text === '' ? word.slice(0, slugLengthMax) : `${text}-${word}`;
    if (longer.length > slugLengthMax) break;
    text = longer;
  }
  return text;
}
