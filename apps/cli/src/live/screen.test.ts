import { describe, expect, it } from 'vitest';
import { Screen } from './screen.ts';

/** A terminal that understands what the screen says, and no more: an unknown sequence fails the test. */
class TestTerminal {
  columns: number;
  rows: number;
  lines: string[] = [''];
  cursorShown = true;
  writes = 0;
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): boolean {
    this.writes += 1;
    // oxlint-disable-next-line no-control-regex -- the escape character is what is looked for
    for (const [, escape, character] of text.matchAll(/\u001b\[([?\d]*[A-Za-z])|([^\u001b])/gsu)) {
      if (escape !== undefined) this.#obey(escape);
      else this.#print(character ?? '');
    }
    return true;
  }

  #print(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') {
      this.#row += 1;
      this.#column = 0;
      this.lines[this.#row] ??= '';
    } else {
      const line = this.lines[this.#row] ?? '';
      this.lines[this.#row] =
        line.slice(0, this.#column).padEnd(this.#column) + character + line.slice(this.#column + 1);
      this.#column += 1;
    }
  }

  #obey(escape: string): void {
    if (escape === '?25l') this.cursorShown = false;
    else if (escape === '?25h') this.cursorShown = true;
    else if (escape === 'K') this.lines[this.#row] = (this.lines[this.#row] ?? '').slice(0, this.#column);
    else if (escape === 'J') {
      this.lines[this.#row] = (this.lines[this.#row] ?? '').slice(0, this.#column);
      this.lines.length = this.#row + 1;
    } else if (escape.endsWith('A')) this.#row = Math.max(0, this.#row - Number.parseInt(escape, 10));
    else if (!escape.startsWith('?2026')) throw new Error(`The terminal does not know ${escape}.`);
  }
}

describe('the live region', () => {
  it('is drawn over itself, longer or shorter', () => {
    const terminal = new TestTerminal(40, 20);
    const screen = new Screen(terminal);
    screen.draw(['one', 'two', 'three']);
    screen.draw(['first', 'second']);
    expect(terminal.lines).toEqual(['first', 'second', '']);
    screen.draw(['a', 'b', 'c', 'd']);
    expect(terminal.lines).toEqual(['a', 'b', 'c', 'd', '']);
  });

  it('leaves kept lines above itself', () => {
    const terminal = new TestTerminal(40, 20);
    const screen = new Screen(terminal);
    screen.draw(['live 1', 'live 2']);
    screen.keep(['done: one']);
    screen.draw(['live 3']);
    screen.keep(['done: two']);
    expect(terminal.lines).toEqual(['done: one', 'done: two', 'live 3', '']);
  });

  it('writes nothing when the picture is the same', () => {
    const terminal = new TestTerminal(40, 20);
    const screen = new Screen(terminal);
    screen.draw(['same']);
    screen.draw(['same']);
    expect(terminal.writes).toBe(1);
  });

  it('hides the cursor while it is there, and goes without a trace', () => {
    const terminal = new TestTerminal(40, 20);
    const screen = new Screen(terminal);
    screen.draw(['one', 'two']);
    expect(terminal.cursorShown).toBe(false);
    screen.keep(['stays']);
    screen.close();
    screen.close();
    expect(terminal.cursorShown).toBe(true);
    expect(terminal.lines).toEqual(['stays', '']);
  });

  it('climbs over lines that a narrower terminal has wrapped', () => {
    const terminal = new TestTerminal(40, 20);
    const screen = new Screen(terminal);
    screen.draw(['x'.repeat(30), 'short']);
    // A terminal of 20 columns has made two lines of the first.
    terminal.columns = 20;
    terminal.lines = ['x'.repeat(20), 'x'.repeat(10), 'short', ''];
    terminal.write('\n');
    terminal.lines = ['x'.repeat(20), 'x'.repeat(10), 'short', ''];
    screen.draw(['new', 'picture']);
    expect(terminal.lines).toEqual(['new', 'picture', '']);
  });
});
