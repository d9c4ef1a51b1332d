import { describe, expect, test } from 'vitest';
import { ExperimentFileError } from '../experiment-file-error.ts';
import type { SourceNode } from './source.ts';
import { parseYaml } from './yaml-source.ts';

const read = (text: string): SourceNode =>
  parseYaml({ file: '/lab/a.yaml', shown: 'a.yaml', style: 'file', text }, 'It begins with a title.');

function messageOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ExperimentFileError);
    return (error as ExperimentFileError).message.split('\n')[0] ?? '';
  }
  return 'no mistake';
}

describe('A tree with places', () => {
  test('knows where each value stands', () => {
    const root = read('title: "So be it"\nlist:\n  - 5\n  -\n');
    expect(root).toMatchObject({
      kind: 'map',
      entries: [
        {
          key: 'title',
          keyPlace: { path: 'title', offset: 0, length: 5 },
          value: { kind: 'text', value: 'So be it', textOffset: 8 },
        },
        {
          key: 'list',
          value: {
            kind: 'list',
            items: [
              { kind: 'number', value: 5, place: { path: 'list[0]', offset: 28 } },
              { kind: 'nothing' },
            ],
          },
        },
      ],
    });
  });

  test.each([
    ['JSON indented with tabs', '{\n\t"a": [\n\t\t1,\n\t\ttrue\n\t]\n}'],
    ['Windows line ends', 'a: b\r\nc: d\r\n'],
    ['a byte order mark', '\ufeffa: 1'],
    ['an end mark', 'a: 1\n...\n'],
    ['a folded text', 'a: >-\n  one\n  two\n'],
    ['a comment', '# hello\na: 1 # here\n'],
  ])('reads %s', (_, text) => {
    expect(read(text)).toMatchObject({ kind: 'map' });
  });

  test('takes `yes`, `on` and `no` for text, as YAML 1.2 does', () => {
    expect(read('[yes, on, no, off]')).toMatchObject({ items: [1, 2, 3, 4].map(() => ({ kind: 'text' })) });
  });

  test('has no way to the prototype of objects', () => {
    const root = read('__proto__: { polluted: true }\nconstructor: 1');
    expect(root).toMatchObject({ entries: [{ key: '__proto__' }, { key: 'constructor' }] });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('What is refused', () => {
  test.each([
    ['', 'a.yaml:1:1: The file is empty. It begins with a title.'],
    ['# only a comment\n', 'a.yaml:1:1: The file is empty. It begins with a title.'],
    ['a: [1, 2', 'a.yaml:1:4: The `[` that begins here is not closed. Add `]`.'],
    ['a: { b: 1\nc: 2', 'a.yaml:1:4: The `{` that begins here is not closed. Add `}`.'],
    [
      "a: 'b\nc: 1\n",
      "a.yaml:1:4: The quote that begins here is not closed on its line. Put a `'` at the end of the text.",
    ],
    [
      'a: "b\nc: "d"\n',
      'a.yaml:1:4: The quote that begins here is not closed on its line. Put a `"` at the end of the text.',
    ],
    [
      'a: "\\q"',
      'a.yaml:1:5: In double quotes a backslash begins a sign of its own, and `\\q` is none. Write `\\\\`, or use single quotes.',
    ],
    [
      'a: "b" c',
      'a.yaml:1:8: `c` follows a value that is complete already. If it belongs to a text, put the whole text in quotes.',
    ],
    [
      'a:\n  b: 1\n c: 2',
      'a.yaml:3:1: This line is indented differently from its neighbours. What belongs together begins in the same column.',
    ],
    [
      'a: 1\n  b: 2',
      'a.yaml:2:3: This line is indented deeper than its neighbours, though the line above has a value already. Indent it less.',
    ],
    ['a: - b', 'a.yaml:1:4: A list begins on a line of its own: put the `-` below the key.'],
    ['a\nb: 1', 'a.yaml:1:1: A colon is missing after `a`: write `a:`.'],
    [
      'a: [x y: z w: v]',
      'a.yaml:1:10: Within `[ ]` and `{ }` entries are separated by commas, each a value or a `key: value`.',
    ],
    ['a: *', "a.yaml:1:4: A text that begins with `*` needs quotes: write `'*'`."],
    ['a: %x', "a.yaml:1:4: A text that begins with `%` needs quotes: write `'%x'`."],
    ['? [x]\n: 1', 'a.yaml:1:3: A key is one word, such as `title`.'],
    [': 1', 'a.yaml:1:1: A key is one word, such as `title`.'],
    ['%YAML 1.1\n---\na: 1', 'a.yaml:1:1: A line that begins with `%` is not read. Remove it.'],
    [
      'a:\n\u00a0\u00a0b: 1',
      'a.yaml:2:1: This is a space of another kind, which indents nothing. Write an ordinary space.',
    ],
    ['a: 1\u0007', 'a.yaml:1:5: The character U+0007 cannot be part of such a file. Remove it.'],
    ['- for 10s\n  at: 5s', 'a.yaml:1:3: A colon is missing after `for`: write `for: 10s`.'],
    ['a: [b: 1}', 'a.yaml:1:4: The `[` that begins here is not closed. Add `]`.'],
    ['a: &x 1', 'a.yaml:1:4: `&x` names a value to repeat it elsewhere, which is not read here. Remove it.'],
  ])('%j', (text, message) => {
    expect(messageOf(text)).toBe(message);
  });

  test.each([
    ['brackets', '['.repeat(100_000)],
    ['braces', '{a: '.repeat(40_000)],
    ['lists', '- '.repeat(100_000)],
    ['keys of keys', '? '.repeat(100_000)],
  ])('%s without end, without exhausting the reader', (_, text) => {
    expect(messageOf(text)).toMatch(/^a\.yaml:1:\d+: Values are nested more than 24 levels deep here\./);
  });

  test('a bomb of aliases, which is never set off', () => {
    const bomb = ['a: &a [x, x]', ...Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*a, *a]`)].join(
      '\n',
    );
    expect(messageOf(bomb)).toBe(
      'a.yaml:1:4: `&a` names a value to repeat it elsewhere, which is not read here. Remove it.',
    );
  });

  test('a file beyond all measure', () => {
    expect(messageOf('a: 1\n'.repeat(100_000))).toBe(
      'a.yaml:1:1: The file is too large: 500000 characters, where 262144 are the most.',
    );
  });

  test('what a terminal would act on does not reach it', () => {
    try {
      read('a: b\u0085\u200e\u202e\n\tc: 1');
    } catch (error) {
      expect((error as Error).message).not.toMatch(/[\u0080-\u009f\u200e\u202e]/);
    }
    expect.assertions(1);
  });
});
