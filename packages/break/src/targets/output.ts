import { type FileHandle, open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';

/** What a service prints: kept in a file, a JSON object a line, and its last lines in memory. */
export interface ServiceOutput {
  /** A taker for the bytes of one stream of one process. */
  taker(stream: 'stdout' | 'stderr'): OutputTaker;
  /** The last lines of both streams, oldest first. */
  lastLines(): readonly string[];
  /** Forgets the last lines: another process begins. */
  forget(): void;
  /** Writes the rest and closes the file. */
  close(): Promise<void>;
}

interface OutputTaker {
  take(chunk: Buffer): void;
  /** The stream ended; a last line may lack its end. */
  end(): void;
}

export interface OutputOptions {
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** How large the file may become, in bytes; 16 MiB by default. After that the output is read and thrown away. */
  readonly bytesMax?: number;
}

/** A longer line is cut in two. */
const lineLengthMax = 16 * 1024;
const lastLinesMax = 20;
const lastLineLengthMax = 400;

/**
 * Opens the file of a service's output. A line of it is `{ at, stream, log }` when the service printed a JSON object,
 * else `{ at, stream, text }`.
 */
export async function openOutput(file: string, options: OutputOptions): Promise<ServiceOutput> {
  const { now, bytesMax = 16 * 2 ** 20 } = options;
  const writer = createBoundedWriter(await open(file, 'ax', 0o600), bytesMax);
  let last: string[] = [];

  const takeLine = (stream: 'stdout' | 'stderr', line: string): void => {
    if (line === '') return;
    last.push(line.length > lastLineLengthMax ? `${line.slice(0, lastLineLengthMax)}...` : line);
    if (last.length > lastLinesMax) last.shift();
    writer.write(`${JSON.stringify({ at: now(), stream, ...logOrText(line) })}\n`);
  };
  return {
    taker(stream) {
      const decoder = new StringDecoder('utf8');
      let held = '';
      const take = (text: string): void => {
        const lines = (held + text).split('\n');
        held = lines.pop() ?? '';
        for (const line of lines) takeLine(stream, line.endsWith('\r') ? line.slice(0, -1) : line);
        for (; held.length > lineLengthMax; held = held.slice(lineLengthMax)) {
          takeLine(stream, held.slice(0, lineLengthMax));
        }
      };
      return {
        take: (chunk) => take(decoder.write(chunk)),
        end: () => take(`${decoder.end()}\n`),
      };
    },
    lastLines: () => last,
    forget() {
      last = [];
    },
    close: () => writer.close(),
  };
}

function logOrText(line: string): { readonly log: unknown } | { readonly text: string } {
  if (line.startsWith('{')) {
    try {
      return { log: JSON.parse(line) as unknown };
    } catch {
      // Not JSON after all.
    }
  }
  return { text: line };
}

/** Output is evidence, not the run's record: what a full disk does not take is lost, and the run goes on. */
function createBoundedWriter(handle: FileHandle, bytesMax: number) {
  let bytes = 0;
  let waiting = '';
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (waiting !== '') {
      const text = waiting;
      waiting = '';
      await handle.appendFile(text).catch(() => {});
    }
    running = undefined;
  };
  return {
    write(text: string): void {
      if (bytes > bytesMax) return;
      bytes += Buffer.byteLength(text);
      waiting += bytes > bytesMax ? `${JSON.stringify({ truncatedAfterBytes: bytesMax })}\n` : text;
      running ??= run();
    },
    async close(): Promise<void> {
      bytes = Number.POSITIVE_INFINITY;
      await running;
      await handle.close();
    },
  };
}
