import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileError, unreadable } from '../experiment-file-error.ts';
import { fileSizeMax } from '../limits.ts';
import { nearest } from '../shapes/nearest.ts';
import { listed } from '../shapes/reading.ts';
import { shorten, type Source } from './source.ts';

/** A file's text, or why there is none. */
export type ReadSource = { readonly source: Source } | { readonly problem: string; readonly cause?: unknown };

/**
 * Reads a file's text.
 *
 * @param file - absolute
 * @param shown - the path as people know it
 * @throws ExperimentFileError when its bytes are not UTF-8 text
 */
export async function readSource(file: string, shown: string): Promise<ReadSource> {
  const name = shorten(shown, 200);
  try {
    const about = await stat(file);
    if (about.isDirectory()) return { problem: await aboutFolder(file, shown) };
    if (!about.isFile()) return { problem: `\`${name}\` is no ordinary file.` };
    if (about.size > fileSizeMax * 4) {
      return { problem: `\`${name}\` is too large: ${about.size} bytes, where ${fileSizeMax} are the most.` };
    }
    return { source: decode(await readFile(file), { file, shown, style: 'file', text: '' }) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'FILE_INVALID') throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { problem: await aboutMissing(file, shown) };
    if (code === 'EACCES' || code === 'EPERM') {
      return {
        problem: `\`${name}\` may not be read. Allow it, for example with \`chmod +r\`.`,
        cause: error,
      };
    }
    return { problem: `\`${name}\` cannot be read (${String(code)}).`, cause: error };
  }
}

/** The same for a file that a person named, where there is no other file to point into. */
export async function readNamedSource(file: string, shown: string): Promise<Source> {
  const read = await readSource(file, shown);
  if ('source' in read) return read.source;
  throw unreadable({ file, shown, style: 'file', text: '' }, read.problem, read.cause);
}

function decode(bytes: Buffer, source: Source): Source {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw unreadable(source, 'The file is written in UTF-16. Save it as UTF-8.');
  }
  try {
    return { ...source, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    const place = { path: '', offset: Math.max(0, text.indexOf('\ufffd')), length: 1 };
    const message = 'The file is not UTF-8 text from here on. Save it as UTF-8.';
    throw fileError({ ...source, text }, [{ place, message }]);
  }
}

async function aboutFolder(folder: string, shown: string): Promise<string> {
  const names = await readdir(folder).catch((): string[] => []);
  const files = names.filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
  const some = files.slice(0, 5).map((name) => path.join(shown, name));
  const mend =
    some.length === 0 ? '' : ` It has ${listed(some)}${files.length > some.length ? ', and more' : ''}.`;
  return `\`${shorten(shown, 200)}\` is a folder. Name a file.${mend}`;
}

async function aboutMissing(file: string, shown: string): Promise<string> {
  const folder = path.dirname(file);
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) return `There is no file \`${shorten(shown, 200)}\`, nor its folder.`;
  const near = nearest(path.basename(file), names);
  const mend = near === undefined ? '' : ` Did you mean \`${path.join(path.dirname(shown), near)}\`?`;
  return `There is no file \`${shorten(shown, 200)}\`.${mend}`;
}
