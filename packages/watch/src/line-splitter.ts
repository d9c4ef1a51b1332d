/**
 * Cuts a stream of bytes into lines. Works on bytes, so that a character cut in two by the network stays whole, and
 * holds no more than one line, so that a peer that never ends its line cannot fill the memory.
 */

export interface LineSplitterOptions {
  /** The longest line, in bytes without its end. */
  readonly lineBytesMax: number;
  /** The longest first line, where it differs: the first one comes from a stranger. */
  readonly firstLineBytesMax?: number;
  /** Called with every line, without its end. */
  onLine(line: string): void;
  /** Called once when a line is too long; nothing is read after that. */
  onTooLong(): void;
}

export interface LineSplitter {
  push(chunk: Uint8Array): void;
  /** Forgets what was not yet a whole line, and reads nothing more; may be called from within `onLine`. */
  stop(): void;
}

const lineEnd = 0x0a;

/**
 * Makes a splitter for one stream.
 *
 * @example
 * const splitter = createLineSplitter({ lineBytesMax: 1024, onLine: read, onTooLong: () => socket.destroy() });
 * socket.on('data', (chunk) => splitter.push(chunk));
 */
export function createLineSplitter(options: LineSplitterOptions): LineSplitter {
  let bytesMax = options.firstLineBytesMax ?? options.lineBytesMax;
  let parts: Uint8Array[] = [];
  let heldBytes = 0;
  let stopped = false;

  const stop = () => {
    stopped = true;
    parts = [];
    heldBytes = 0;
  };
  const tooLong = () => {
    stop();
    options.onTooLong();
  };

  return {
    push(chunk) {
      let from = 0;
      for (;;) {
        // Asked anew each time: `onLine` may have stopped it.
        if (stopped) return;
        const to = chunk.indexOf(lineEnd, from);
        const rest = chunk.subarray(from, to === -1 ? chunk.length : to);
        if (heldBytes + rest.length > bytesMax) return tooLong();
        if (to === -1) {
          // A copy, since the stream may use its buffer again.
          if (rest.length > 0) parts.push(Uint8Array.from(rest));
          heldBytes += rest.length;
          return;
        }
        const line = Buffer.concat([...parts, rest]).toString('utf8');
        parts = [];
        heldBytes = 0;
        bytesMax = options.lineBytesMax;
        from = to + 1;
        options.onLine(line);
      }
    },
    stop,
  };
}
