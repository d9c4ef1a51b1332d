import { array, assert, boolean, constant, nat, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LedgerLine, parseLedger } from './entry.ts';

const opened: LedgerLine = {
  kind: 'opened',
  at: 1,
  version: 1,
  runner: { pid: 2, startedAt: 'then' },
  mark: 'SEAWORTHY_RUN=abc',
};

function intended(id: number): LedgerLine {
  return {
    kind: 'intended',
    at: id,
    id,
    owner: `fault-${id}`,
    steps: [{ do: 'remove-file', path: `/f/${id}` }],
  };
}

function struck(id: number): LedgerLine {
  return { kind: 'struck', at: id, id };
}

function textOf(lines: readonly LedgerLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Ledgers as runs write them: every note has its own number, and is struck out after it was made, or never. */
const anyLedger = array(boolean(), { maxLength: 12 }).chain((strikes) => {
  const moves = strikes.flatMap((isStruck, n) => [
    { key: n, line: intended(n + 1) },
    ...(isStruck ? [{ key: n + 1.5 + (n % 3), line: struck(n + 1) }] : []),
  ]);
  const lines = [opened, ...moves.toSorted((a, b) => a.key - b.key).map(({ line }) => line)];
  return constant({
    lines,
    open: strikes.flatMap((isStruck, n) => (isStruck ? [] : [n + 1])).toReversed(),
  });
});

describe('reading a ledger', () => {
  it('finds what was not struck out, newest first', () => {
    assert(
      property(anyLedger, ({ lines, open }) => {
        const state = parseLedger(textOf(lines));
        expect(state.open.map(({ id }) => id)).toEqual(open);
        expect(state.opened).toEqual(opened);
        expect(state.damagedLines).toEqual([]);
      }),
    );
  });

  it('reads one that was cut off anywhere, and misses no note that is there as a whole', () => {
    assert(
      property(anyLedger, nat(), ({ lines }, cut) => {
        const text = textOf(lines);
        const length = cut % (text.length + 1);
        const wholeLines = text.slice(0, length).split('\n').length - 1;
        const state = parseLedger(text.slice(0, length));
        const least = parseLedger(textOf(lines.slice(0, wholeLines)));
        const most = parseLedger(textOf(lines.slice(0, wholeLines + 1)));
        expect([least.open, most.open]).toContainEqual(state.open);
        expect(state.damagedLines).toEqual([]);
      }),
    );
  });

  it('reads on after a damaged line, and names it', () => {
    const text = textOf([opened, intended(1), intended(2)])
      .split('\n')
      .with(1, '{"kind":"inten')
      .join('\n');
    const state = parseLedger(text);
    expect(state.open.map(({ id }) => id)).toEqual([2]);
    expect(state.damagedLines).toEqual([2]);
  });

  it.each([
    ['a line of another version', { ...opened, version: 2 }],
    ['a note without steps', { kind: 'intended', id: 1 }],
    ['a kind that it does not know', { kind: 'undone', id: 1 }],
    ['no object', null],
  ])('takes %s for damage', (_what, line) => {
    const state = parseLedger(`${JSON.stringify(line)}\n`);
    expect(state).toMatchObject({ opened: undefined, open: [], closed: false, damagedLines: [1] });
  });

  it('sees that it was closed', () => {
    expect(parseLedger(textOf([opened, { kind: 'closed', at: 3 }])).closed).toBe(true);
  });
});
