/**
 * The live region at the bottom of a terminal: drawn over itself without flicker, with lines that stay above it.
 *
 * It knows only a few control sequences (hide and show the cursor, up, erase, synchronized update), which every
 * terminal of the last decades has or ignores.
 */
import type { WriteStream } from 'node:tty';
import stringWidth from 'string-width';

const escape = '\u001b[';
const hideCursor = `${escape}?25l`;
const showCursor = `${escape}?25h`;
/** The terminal shows what lies between the two at once. */
const beginUpdate = `${escape}?2026h`;
const endUpdate = `${escape}?2026l`;
const eraseToLineEnd = `${escape}K`;
const eraseBelow = `${escape}J`;

/** What of a terminal's stream is needed. */
export type Terminal = Pick<WriteStream, 'write' | 'columns' | 'rows'>;

/** The live region. Whoever makes one closes it, however the program ends. */
export class Screen {
  readonly #terminal: Terminal;
  #drawn: readonly string[] = [];
  #open = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Replaces the region by `lines`, which are no wider than the terminal; nothing is written when they are the same. */
  draw(lines: readonly string[]): void {
    if (
      this.#open &&
      lines.length === this.#drawn.length &&
      lines.every((line, i) => line === this.#drawn[i])
    ) {
      return;
    }
    this.#write([], lines);
  }

  /** Puts lines above the region, where they stay. */
  keep(lines: readonly string[]): void {
    this.#write(lines, this.#drawn);
  }

  /** Takes the region away and shows the cursor again; harmless when done twice. */
  close(): void {
    if (!this.#open) return;
    this.#terminal.write(`${this.#home()}${eraseBelow}${showCursor}`);
    this.#drawn = [];
    this.#open = false;
  }

  #write(kept: readonly string[], lines: readonly string[]): void {
    const text = [...kept, ...lines].map((line) => `${line}${eraseToLineEnd}\n`).join('');
    this.#terminal.write(
      `${beginUpdate}${this.#open ? '' : hideCursor}${this.#home()}${text}${eraseBelow}${endUpdate}`,
    );
    this.#drawn = lines;
    this.#open = true;
  }

  /** Goes to where the region begins. A terminal that has become narrower has wrapped its lines. */
  #home(): string {
    const columns = Math.max(1, this.#terminal.columns);
    const rows = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)),
      0,
    );
    // What has been scrolled out cannot be reached, and one would climb too far.
    const reachable = Math.min(rows, Math.max(0, this.#terminal.rows - 1));
    return reachable === 0 ? '\r' : `\r${escape}${reachable}A`;
  }
}
