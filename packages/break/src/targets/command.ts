import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';
import { SystemError } from './errors.ts';

/**
 * Finds the program of a service's command, so that a wrong one is told before anything runs.
 *
 * @param folder - against which a path such as `./server` is resolved
 * @param path - the folders in which a name without a slash is looked for, as in `PATH`
 * @returns its absolute path
 * @throws SystemError `COMMAND_NOT_FOUND` or `COMMAND_NOT_EXECUTABLE`
 */
export async function findProgram(
  service: string,
  command: readonly string[],
  folder: string,
  path: string,
): Promise<string> {
  const program = command[0] ?? '';
  const whole = `Service \`${service}\` cannot start \`${command.join(' ')}\``;
  if (program === '') throw new SystemError('COMMAND_NOT_FOUND', `${whole}: its command is empty.`);

  const isPath = program.includes('/');
  const candidates = isPath
    ? [resolve(folder, program)]
    : path.split(delimiter).map((place) => resolve(folder, place, program));
  let found: string | undefined;
  for (const candidate of candidates) {
    const kind = await look(candidate);
    if (kind === 'program') return candidate;
    if (kind === 'other') found ??= candidate;
  }
  if (found !== undefined) {
    throw new SystemError(
      'COMMAND_NOT_EXECUTABLE',
      `${whole}: ${found} is no program that may be run. Allow it with chmod +x, or name the program that runs it first.`,
    );
  }
  throw new SystemError(
    'COMMAND_NOT_FOUND',
    isPath
      ? `${whole}: there is no ${candidates[0]}. Paths are read from the folder of the system file.`
      : `${whole}: there is no program \`${program}\` in PATH. Install it, or give its path.`,
  );
}

async function look(path: string): Promise<'program' | 'other' | 'nothing'> {
  try {
    if (!(await stat(path)).isFile()) return 'other';
  } catch {
    return 'nothing';
  }
  try {
    await access(path, constants.X_OK);
    return 'program';
  } catch {
    return 'other';
  }
}
