/** Where the program speaks to people: the one place that knows of the process's own streams. */
import type { ReadStream, WriteStream } from 'node:tty';

/** A stream that texts are written to, and what is known of the terminal behind it. */
export interface Output {
  readonly stream: NodeJS.WritableStream;
  /** The terminal, when there is one that can draw over itself. */
  readonly terminal: WriteStream | undefined;
  readonly colour: boolean;
}

/** How the program reaches the world around it; tests bring their own. */
export interface Surroundings {
  readonly out: Output;
  readonly err: Output;
  /** Where keys come from, when there is a terminal. */
  readonly keys: ReadStream | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
}

/** The process's own streams. */
export function processSurroundings(): Surroundings {
  return {
    out: outputOf(process.stdout),
    err: outputOf(process.stderr),
    keys: process.stdin.isTTY ? process.stdin : undefined,
    env: process.env,
    folder: process.cwd(),
  };
}

/** Writes lines. */
export function say(output: Output, ...lines: readonly string[]): void {
  output.stream.write(lines.map((line) => `${line}\n`).join(''));
}

/**
 * Hands over what anybody writes to a stream, line by line, in place of writing it: a warning of the runtime must not
 * fall into the middle of a picture. Returns the function that ends it.
 */
export function divert(stream: NodeJS.WriteStream, take: (line: string) => void): () => void {
  const write = stream.write.bind(stream);
  let begun = '';
  stream.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    const lines = (begun + Buffer.from(chunk as Uint8Array).toString('utf8')).split('\n');
    begun = lines.pop() ?? '';
    for (const line of lines) take(line);
    const done = rest.at(-1);
    if (typeof done === 'function') queueMicrotask(() => void done());
    return true;
  };
  return () => {
    stream.write = write;
    if (begun !== '') write(`${begun}\n`);
  };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  // Whoever read it may have left, as `head` does. A run goes on without them: its record is in its folder.
  stream.on('error', () => {});
  const draws = stream.isTTY && process.env['TERM'] !== 'dumb';
  // `hasColors` knows NO_COLOR, FORCE_COLOR and what the terminal can.
  return { stream, terminal: draws ? stream : undefined, colour: stream.isTTY && stream.hasColors() };
}
