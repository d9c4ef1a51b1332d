import path from 'node:path';

/** A path that stands in a file: relative ones count from that file's folder. */
export function resolveBeside(file: string, relative: string): string {
  return path.resolve(path.dirname(file), relative);
}

/** How a path that stands in a file is shown, next to how that file itself is shown. */
export function shownBeside(shown: string, relative: string): string {
  return path.isAbsolute(relative) ? relative : path.join(path.dirname(shown), relative);
}

/** Whether a path is whole by itself. */
export function isAbsolutePath(file: string): boolean {
  return path.isAbsolute(file);
}
